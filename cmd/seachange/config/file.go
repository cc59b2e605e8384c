package config

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/strictyaml"
)

// File is what a configuration file may say: every setting under its flag's name, with _ for -, and the accounts.
// A dot is a section: tls.ca_file is --tls-ca-file.
// (The embedded structs are exported since the YAML library sets no others.)
type File struct {
	Kafka     `yaml:",inline"`
	Topics    `yaml:",inline"`
	API       `yaml:",inline"`
	Selection `yaml:",inline"`
	Watch     `yaml:",inline"`
	Server    `yaml:",inline"`
	Registry  `yaml:",inline"`
	Log       `yaml:",inline"`
	Console   `yaml:",inline"`
	Tracing   `yaml:",inline"`
	Accounts  []Account `yaml:"accounts" help:"The accounts to watch. Without any, the one whose token the environment or token_file has."`

	flags map[string]string // what the file says, by flag
	name  string
	text  []byte
}

// Read reads the configuration file of that name.
func Read(name string) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, Errorf("--config: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	s, err := Parse(f)
	if err != nil {
		return nil, Errorf("--config %s: %w", name, err)
	}
	s.name = name
	return s, nil
}

// Parse reads a configuration. An error names the line, or the account.
func Parse(r io.Reader) (*File, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	s := File{text: text}
	if err := strictyaml.Decode(text, &s); err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := strictyaml.Decode(text, &tree); err != nil {
		return nil, err
	}
	delete(tree, "accounts")
	s.flags = map[string]string{}
	flatten(s.flags, "", tree)
	return &s, checkAccounts(s.Accounts)
}

// Flag returns what the file says of a setting, by its flag's name and as the command line has it.
func (f *File) Flag(name string) (value string, ok bool) {
	value, ok = f.flags[name]
	return value, ok
}

// flatten names settings as the command line does: tls: {ca_file: x} is tls-ca-file, and tls: {enabled: true} is tls.
func flatten(into map[string]string, prefix string, tree map[string]any) {
	for key, value := range tree {
		name := strings.TrimSuffix(prefix+strings.ReplaceAll(key, "_", "-"), "-enabled")
		switch v := value.(type) {
		case map[string]any:
			flatten(into, name+"-", v)
		case []any:
			var list []string
			for _, e := range v {
				list = append(list, fmt.Sprint(e))
			}
			into[name] = strings.Join(list, ",")
		case nil:
		default:
			into[name] = fmt.Sprint(v)
		}
	}
}
