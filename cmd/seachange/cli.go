package main

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/seachange/seachange/cmd/seachange/config"
)

// cli is the command line. Each flag can also be given as SEACHANGE_<FLAG>, and those of settings in the --config file;
// the command line goes before the environment, the environment before the file.
type cli struct {
	Config string `help:"Read settings and accounts from this YAML file." placeholder:"FILE"`
	config.Log

	Demo      demoCmd      `cmd:"" help:"Show seachange at work on a simulated account. Needs nothing."`
	Run       runCmd       `cmd:"" help:"Watch accounts and write every change to Kafka."`
	Console   consoleCmd   `cmd:"" help:"${console}"`
	Tail      tailCmd      `cmd:"" help:"Follow the changes, a line each."`
	Alert     alertCmd     `cmd:"" help:"${alert}"`
	Silence   silenceCmd   `cmd:"" help:"Mute alerts for a while, list what is muted, and end it."`
	Annotate  annotateCmd  `cmd:"" help:"Note what a pipeline or a person is about to change, and list the notes."`
	Posture   postureCmd   `cmd:"" help:"${posture}"`
	History   historyCmd   `cmd:"" help:"Tell a record's life: when it changed, and what."`
	At        atCmd        `cmd:"" help:"Show the accounts as they were at a moment."`
	Diff      diffCmd      `cmd:"" help:"Show what is different between two moments."`
	Replay    replayCmd    `cmd:"" help:"Write past events once more, as they were, to another topic or to stdout."`
	Views     viewsCmd     `cmd:"" help:"${views}"`
	Plan      planCmd      `cmd:"" help:"${plan}"`
	Rebuild   rebuildCmd   `cmd:"" help:"${rebuild}"`
	Check     checkCmd     `cmd:"" help:"Try the token and the brokers, and change nothing."`
	Certify   certifyCmd   `cmd:"" help:"${certify}"`
	Member    memberCmd    `cmd:"" name:"certify-member" hidden:""`
	Resources resourcesCmd `cmd:"" help:"List the resources that seachange knows."`
	Topics    topicsCmd    `cmd:"" help:"List the topics that seachange makes, or print the commands that make them."`
	Look      lookCmd      `cmd:"" help:"Read resources now, and return when what changed is in Kafka."`
	Snapshot  snapshotCmd  `cmd:"" help:"Publish every record of resources once more."`
	Pause     pauseCmd     `cmd:"" help:"Read resources, or an account, no more until they are resumed."`
	Resume    resumeCmd    `cmd:"" help:"Read again what is paused, and return when what changed meanwhile is in Kafka."`
	Requests  requestsCmd  `cmd:"" help:"List what was asked of a running seachange, and what became of it."`
	Release   releaseCmd   `cmd:"" help:"Let held deletes of a resource go."`
	Scrub     scrubCmd     `cmd:"" help:"Say where the topics hold a secret that got out, and how to get rid of it."`
	Healthz   healthzCmd   `cmd:"" help:"Ask a running seachange whether it is alive: for a container's health check."`
	Settings  configCmd    `cmd:"" name:"config" help:"Print the schema of the configuration file, check one, or show the settings."`
	Version   versionCmd   `cmd:"" help:"Print the version."`

	Completion completionCmd `cmd:"" help:"Print the completion of commands and flags for a shell."`
	Man        manCmd        `cmd:"" help:"Write the man pages."`
}

// parse reads the command line, the environment and the file. A nil context without an error means that all is said:
// --help.
func parse(c *cli, e *env, args []string) (*kong.Context, error) {
	helped := false
	parser, err := newParser(c, e, func(int) { helped = true })
	if err != nil {
		return nil, err
	}
	ctx, err := parser.Parse(args)
	if helped {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e.Logger = newLogger(e, c.LogFormat, c.LogLevel)
	e.settings = map[string]string{}
	for _, f := range ctx.Flags() {
		e.settings[f.Name] = fmt.Sprint(f.Target.Interface())
	}
	return ctx, nil
}

func newParser(c *cli, e *env, exit func(int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("seachange"),
		kong.Description("The change feed of your DigitalOcean account: every change, one Kafka topic a resource."),
		kong.Writers(e.stdout, e.stderr),
		kong.Exit(exit),
		kong.Bind(e),
		explain(helpTexts()),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ValueFormatter(helpText),
	)
}

// BeforeResolve puts the file and the environment below the command line. The last resolver wins.
func (c *cli) BeforeResolve(ctx *kong.Context, e *env) error {
	name := e.Getenv("SEACHANGE_CONFIG")
	for _, p := range ctx.Path {
		if p.Flag != nil && p.Flag.Name == "config" {
			name, _ = ctx.FlagValue(p.Flag).(string)
		}
	}
	if name != "" {
		file, err := config.Read(name)
		if err != nil {
			return err
		}
		e.file, e.Accounts, e.Hidden = file, file.Accounts, []string{file.RegistryPasswordEnv}
		ctx.AddResolver(fromFile(file))
	}
	ctx.AddResolver(fromEnv(e.Getenv))
	return nil
}

// fromFile gives flags what the file says. A flag with the tag own is another than the setting of its name.
func fromFile(file *config.File) kong.ResolverFunc {
	return func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if v, ok := file.Flag(flag.Name); ok && !flag.Tag.Has("own") {
			return v, nil
		}
		return nil, nil
	}
}

// fromEnv takes an empty variable as unset, as compose files and Helm charts leave them.
func fromEnv(getenv func(string) string) kong.ResolverFunc {
	return func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if v := getenv(envName(flag.Name)); v != "" && flag.Name != "help" {
			return v, nil
		}
		return nil, nil
	}
}

// envName is the variable that stands in for a flag.
func envName(flag string) string {
	return "SEACHANGE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// helpText is a flag's help with its variable, and with its default where a placeholder stands in that one's place.
func helpText(v *kong.Value) string {
	if v.Flag == nil || v.Name == "help" {
		return v.Help
	}
	preset := ""
	if v.Default != "" && v.Flag.PlaceHolder != "" {
		preset = "default " + v.Default + ", "
	}
	return fmt.Sprintf("%s (%s$%s)", v.Help, preset, envName(v.Name))
}

func newLogger(e *env, format, level string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // kong has held it against the enum
	o := &slog.HandlerOptions{Level: l}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(e.stderr, o))
	}
	return slog.New(slog.NewTextHandler(e.stderr, o))
}
