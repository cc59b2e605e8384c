package console

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/bcrypt"
)

// Guard lets in who may look.
type Guard struct {
	Users  Users    // nil: everybody, or whom Header names
	Header string   // a proxy's, that names whom it let in; "" is none
	Hosts  []string // names under which the console may be asked for, beside this machine's own and addresses
}

// Protect refuses what is not for this console: a name that somebody else points at it, and who may not look.
func (g Guard) Protect(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !g.known(r.Host):
			http.Error(w, "this name is not one of the console's: give it with --console-host", http.StatusMisdirectedRequest)
		case g.Header != "" && r.Header.Get(g.Header) == "":
			http.Error(w, "the proxy names nobody in "+g.Header, http.StatusForbidden)
		case g.Users != nil && !g.Users.let(r):
			w.Header().Set("WWW-Authenticate", `Basic realm="seachange", charset="UTF-8"`)
			http.Error(w, "log in", http.StatusUnauthorized)
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// known refuses names of others: a page of theirs could read ours through one that leads here.
func (g Guard) known(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	name = strings.ToLower(name)
	return name == "localhost" || slices.Contains(g.Hosts, name)
}

// Users are who may log in, by name.
type Users map[string]*user

type user struct {
	hash []byte
	mu   sync.Mutex
	last [sha256.Size]byte // of the password that was right: bcrypt is slow, and a page has parts
}

// ReadUsers reads lines of name:hash, as htpasswd -B writes them. An error names the line.
func ReadUsers(r io.Reader) (Users, error) {
	users := Users{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, hash, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("line %d: want name:hash, as htpasswd -B writes it", n)
		}
		if _, err := bcrypt.Cost([]byte(hash)); err != nil {
			return nil, fmt.Errorf("line %d: the hash of %q is none of bcrypt: htpasswd -B makes one", n, name)
		}
		users[name] = &user{hash: []byte(hash)}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(users) == 0 {
		return nil, errors.New("nobody is in it: htpasswd -B adds somebody")
	}
	return users, nil
}

// nobody takes as long as somebody.
var nobody = &user{hash: []byte("$2a$10$7EqJtq98hPqEX7fNZaFWoOhi5BWX4Z3p5C6jQzXqvQx1f1j1j1j1u")}

func (u Users) let(r *http.Request) bool {
	name, password, ok := r.BasicAuth()
	if !ok {
		return false
	}
	who, known := u[name]
	if !known {
		who = nobody
	}
	return who.is(password) && known
}

func (u *user) is(password string) bool {
	sum := sha256.Sum256([]byte(password))
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == sum {
		return true
	}
	if bcrypt.CompareHashAndPassword(u.hash, []byte(password)) != nil {
		return false
	}
	u.last = sum
	return true
}
