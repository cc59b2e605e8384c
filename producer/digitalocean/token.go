package digitalocean

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// tokenAge is how long a token is used before it is read again.
const tokenAge = time.Minute

// tokenState is the token and what is known of it.
type tokenState struct {
	value    string
	readAt   time.Time
	stale    bool // a 401 came: read it again before the next request
	changes  int  // how often another one was read
	account  string
	asked    bool // /v2/account was asked with this token, or may not be
	verified bool
	foreign  error // the token is another account's
}

// ready makes sure that the token is fresh and is this account's, before anything is asked with it.
func (c *Client) ready(ctx context.Context) error {
	if err := c.refreshToken(); err != nil {
		return err
	}
	t := &c.token
	if t.foreign != nil {
		return t.foreign
	}
	if t.account == "" || t.asked {
		return nil
	}
	id, err := c.whose(ctx)
	if se, ok := errors.AsType[*producer.SourceError](err); ok && se.Kind == producer.Unreadable {
		t.asked = true // it can't show whose it is: Budget.Verified stays false
		return nil
	}
	if err != nil {
		return err
	}
	return c.verify(id)
}

// refreshToken reads the token if it is time to. A token that can't be read now is an error only where there is none
// yet.
func (c *Client) refreshToken() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.token
	if t.value != "" && !t.stale && time.Since(t.readAt) < tokenAge {
		return nil
	}
	value, err := readToken(c.opts.Token)
	if err != nil && t.value == "" {
		return refused(err)
	}
	t.readAt, t.stale = time.Now(), false
	switch {
	case err != nil:
		c.log.Warn("token not read again: the old one stays in use", "err", err)
	case t.value == "":
		t.value = value
	case t.value != value:
		t.value, t.asked, t.verified, t.foreign = value, false, false, nil
		t.changes++
		c.log.Info("another token was read")
	}
	return nil
}

// readToken returns a token that can stand in a header.
func readToken(read func() (string, error)) (string, error) {
	s, err := read()
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return "", errors.New("read token: it is empty: put a DigitalOcean token in")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("read token: it holds spaces or characters that no token has: put only the token in")
	}
	return s, nil
}

// accountPath is what says whose a token is.
const accountPath = "/v2/account"

// whose asks for the account of the present token.
func (c *Client) whose(ctx context.Context) (producer.Identity, error) {
	var body bytes.Buffer
	a := ask{
		row: schema.Lookup("account"), doing: "identify the token's account", path: accountPath,
		route: route{name: accountPath},
	}
	if _, err := c.send(ctx, a, &body); err != nil {
		return producer.Identity{}, err
	}
	return identityIn(a, body.Bytes())
}

// identityIn reads whose the token is that an account was shown to.
func identityIn(a ask, body []byte) (producer.Identity, error) {
	var page struct {
		Account struct {
			UUID string `json:"uuid"`
			Name string `json:"name"`
			Team struct {
				UUID string `json:"uuid"`
				Name string `json:"name"`
			} `json:"team"`
		} `json:"account"`
	}
	err := json.Unmarshal(body, &page, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	account := page.Account
	switch {
	case err != nil:
		return producer.Identity{}, failed(a.doing + ": the response is not the JSON of an account")
	case account.Team.UUID != "":
		return producer.Identity{ID: account.Team.UUID, Name: account.Team.Name}, nil
	case account.UUID != "":
		return producer.Identity{ID: "user:" + account.UUID, Name: account.Name}, nil
	}
	return producer.Identity{}, failed(a.doing + ": the response has neither account.team.uuid nor account.uuid")
}

// prove holds a token that could not show whose it is to an account that it was shown since. Without that, another
// team's would be published as this one's.
func (c *Client) prove(a ask, body []byte) error {
	if t := &c.token; a.path != accountPath || t.account == "" || t.verified {
		return nil
	}
	id, err := identityIn(a, body)
	if err != nil {
		return err
	}
	return c.verify(id)
}

// verify notes whose the token is, and refuses it if it is another account's than expected.
func (c *Client) verify(id producer.Identity) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.token
	t.asked, t.foreign = true, nil
	if t.account == "" {
		t.account = id.ID
	}
	if t.verified = t.account == id.ID; !t.verified {
		t.foreign = refused(fmt.Errorf("the token is for %s (%q), this account is %s: put that team's token in",
			id.ID, plain.Cut(id.Name, 100), t.account))
	}
	return t.foreign
}
