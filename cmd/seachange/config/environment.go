// Package config is what a user may set: settings and accounts, read, checked, and turned into what the other packages
// are made with. It knows each setting by its flag's name, which is also its name in the configuration file (with _ for
// -), and explains it in the same place (the tags help, default and placeholder).
package config

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
)

// Environment is what settings refer to.
type Environment struct {
	Getenv   func(string) string
	Accounts []Account         // of the configuration file
	Hidden   []string          // further variables in which the file says that a secret is
	Logger   *slog.Logger      // warns of what is allowed and unwise
	Version  string            // of seachange, for the APIs
	Spaces   http.RoundTripper // to the Spaces API; nil is the network
	// Dialer reaches the brokers; nil is the network.
	Dialer func(ctx context.Context, network, host string) (net.Conn, error)
}

// Error is a fault of the settings, which stays until somebody changes them. All other errors are the world's.
type Error struct{ Err error }

func (e Error) Error() string { return e.Err.Error() }

// Unwrap returns the error without its kind.
func (e Error) Unwrap() error { return e.Err }

// Errorf makes an Error.
func Errorf(format string, args ...any) error { return Error{fmt.Errorf(format, args...)} }

// Secret returns a function that reads a secret from a file if one is named, else from a variable, each time anew. Its
// errors say where, never what.
func (e *Environment) Secret(variable, file string) func() (string, error) {
	return func() (string, error) {
		text, where := e.Getenv(variable), "$"+variable
		if file != "" {
			b, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			text, where = string(b), file
		}
		text = strings.TrimSpace(text)
		switch {
		case text == "" && file == "":
			return "", fmt.Errorf("%s is not set", where)
		case text == "":
			return "", fmt.Errorf("%s is empty", where)
		case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return "", fmt.Errorf("%s has more than one line: put the secret alone in it", where)
		}
		return text, nil
	}
}

// MaskKey is nil without a key. A short one is refused: who can guess it can try passwords against what is published.
func (e *Environment) MaskKey() ([]byte, error) {
	switch key := e.Getenv("SEACHANGE_MASK_KEY"); {
	case key == "":
		return nil, nil
	case len(key) < 16:
		return nil, Errorf("SEACHANGE_MASK_KEY is too short to be safe: give it 16 characters or more, of random ones")
	default:
		return []byte(key), nil
	}
}

// Secrets are the variables in which the settings say that a secret is.
func (e *Environment) Secrets(k Kafka) []string {
	names := []string{k.SASL.PasswordEnv}
	for _, a := range e.Accounts {
		names = append(names, a.TokenEnv, a.IDEnv, a.SecretEnv)
	}
	if k.SASL.Mechanism == mskIAM {
		names = append(names, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
	}
	return append(names, e.Hidden...)
}
