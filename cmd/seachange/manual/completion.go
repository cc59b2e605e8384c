package manual

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Shells are those that Completion knows.
var Shells = []string{"bash", "zsh", "fish"}

// Completion is a shell's completion of a program's commands, flags and their values.
func Completion(app *kong.Application, shell string) (string, error) {
	switch shell {
	case "bash":
		return bash(app), nil
	case "zsh":
		return zsh(app), nil
	case "fish":
		return fish(app), nil
	}
	return "", fmt.Errorf("no completion for shell %q: want one of %s", shell, strings.Join(Shells, ", "))
}

// flagsOf are a command's flags and those of all commands.
func flagsOf(app *kong.Application, c *kong.Node) []*kong.Flag {
	flags := slices.Concat(c.Flags, app.Flags)
	flags = slices.DeleteFunc(flags, func(f *kong.Flag) bool { return f.Hidden })
	slices.SortStableFunc(flags, func(a, b *kong.Flag) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(flags, func(a, b *kong.Flag) bool { return a.Name == b.Name })
}

// kind is what a flag's value is: one of a few, a file, a directory, or anything.
func kind(f *kong.Flag) (values []string, path string) {
	for _, v := range f.EnumSlice() {
		if v != "" {
			values = append(values, v)
		}
	}
	switch f.FormatPlaceHolder() {
	case "FILE":
		path = "file"
	case "DIR":
		path = "dir"
	}
	return values, path
}

func bash(app *kong.Application) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# bash completion for %[1]s, made by: %[1]s completion bash\n_%[1]s() {\n", app.Name)
	b.WriteString("  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= words= word\n" +
		"  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n" +
		"  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    [[ $word == -* ]] || command+=\"$word \"\n  done\n" +
		"  case $prev in\n")
	done := map[string]bool{}
	for _, c := range app.Leaves(true) {
		for _, f := range flagsOf(app, c) {
			values, path := kind(f)
			if done[f.Name] || (len(values) == 0 && path == "") {
				continue
			}
			done[f.Name] = true
			choice := fmt.Sprintf(`-W %q`, strings.Join(values, " "))
			if path != "" {
				choice = map[string]string{"file": "-f", "dir": "-d"}[path]
			}
			fmt.Fprintf(&b, "    --%s) mapfile -t COMPREPLY < <(compgen %s -- \"$cur\"); return ;;\n", f.Name, choice)
		}
	}
	b.WriteString("  esac\n  case $command in\n")
	for _, n := range nodes(app.Node) {
		fmt.Fprintf(&b, "    %q*) words=%q ;;\n", words(n)+" ", strings.Join(next(app, n), " "))
	}
	fmt.Fprintf(&b, "    *) words=%q ;;\n  esac\n  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- "+
		"\"$cur\")\n}\ncomplete -F _%s %[2]s\n",
		strings.Join(next(app, app.Node), " "), app.Name)
	return b.String()
}

// nodes are all commands below one, those that are deeper first.
func nodes(n *kong.Node) (all []*kong.Node) {
	for _, c := range n.Children {
		all = slices.Concat(all, nodes(c), []*kong.Node{c})
	}
	return all
}

// next are the words that may follow a command.
func next(app *kong.Application, n *kong.Node) (all []string) {
	for _, c := range n.Children {
		all = append(all, c.Name)
	}
	return append(all, spellings(flagsOf(app, n))...)
}

func spellings(flags []*kong.Flag) (all []string) {
	for _, f := range flags {
		all = append(all, "--"+f.Name)
	}
	return all
}

func zsh(app *kong.Application) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %[1]s\n# zsh completion for %[1]s, made by: %[1]s completion zsh\n_%[1]s() {\n  local -a "+
		"commands\n  commands=(\n", app.Name)
	for _, c := range app.Children {
		fmt.Fprintf(&b, "    %s\n", quoted(c.Name+":"+c.Help))
	}
	b.WriteString("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n  case " +
		"\"${words[2,CURRENT-1]} \" in\n")
	for _, c := range nodes(app.Node) {
		fmt.Fprintf(&b, "    %q*)\n      _arguments \\\n", words(c)+" ")
		for _, f := range flagsOf(app, c) {
			fmt.Fprintf(&b, "        %s \\\n", quoted(zshFlag(f)))
		}
		rest := "'*: :_files'"
		if len(c.Children) > 0 {
			rest = quoted("*: :(" + strings.Join(childrenOf(c), " ") + ")")
		}
		fmt.Fprintf(&b, "        %s\n      ;;\n", rest)
	}
	fmt.Fprintf(&b, "  esac\n}\ncompdef _%[1]s %[1]s\n", app.Name)
	return b.String()
}

func childrenOf(n *kong.Node) (names []string) {
	for _, c := range n.Children {
		names = append(names, c.Name)
	}
	return names
}

func zshFlag(f *kong.Flag) string {
	help := strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`).Replace(f.Help)
	if f.IsBool() {
		return fmt.Sprintf("--%s[%s]", f.Name, help)
	}
	values, path := kind(f)
	action := map[string]string{"": "", "file": "_files", "dir": "_files -/"}[path]
	if len(values) > 0 {
		action = "(" + strings.Join(values, " ") + ")"
	}
	return fmt.Sprintf("--%s=[%s]:%s:%s", f.Name, help, f.Name, action)
}

func fish(app *kong.Application) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# fish completion for %[1]s, made by: %[1]s completion fish\ncomplete -c %[1]s -f\n", app.Name)
	for _, c := range nodes(app.Node) {
		before := "__fish_use_subcommand"
		if c.Parent.Type == kong.CommandNode {
			before = fishSeen(c.Parent)
		}
		fmt.Fprintf(&b, "complete -c %s -n %s -a %s -d %s\n", app.Name, quoted(before), c.Name, quoted(c.Help))
		for _, f := range flagsOf(app, c) {
			fmt.Fprintf(&b, "complete -c %s -n %s -l %s%s -d %s\n", app.Name, quoted(fishSeen(c)), f.Name, fishValue(f),
				quoted(f.Help))
		}
	}
	return b.String()
}

// fishSeen is the condition that a command is on the line.
func fishSeen(n *kong.Node) string {
	var all []string
	for w := range strings.FieldsSeq(words(n)) {
		all = append(all, "__fish_seen_subcommand_from "+w)
	}
	return strings.Join(all, "; and ")
}

func fishValue(f *kong.Flag) string {
	values, path := kind(f)
	switch {
	case f.IsBool():
		return ""
	case len(values) > 0:
		return " -x -a " + quoted(strings.Join(values, " "))
	case path != "":
		return " -r -F"
	}
	return " -x"
}

// quoted is a word in single quotes, as all three shells read it.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
