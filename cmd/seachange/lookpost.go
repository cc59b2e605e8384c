package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema/plain"
)

// lookWait is how long POST /look waits for the owners' answers: less than the server writes a response.
const lookWait = 20 * time.Second

// lookPost is POST /look?resource=NAME&id=ID&account=ID: what the command look does, for whoever has the token.
type lookPost struct {
	*env
	token  func() (string, error) // read anew for each request
	client client.Client
	kafka  config.Kafka
}

// newLookPost returns nil without --look-token-file.
func (c *runCmd) newLookPost(e *env, cl client.Client) (http.Handler, error) {
	if c.LookTokenFile == "" {
		return nil, nil
	}
	token := e.Secret("", c.LookTokenFile)
	if _, err := token(); err != nil {
		return nil, config.Errorf("--look-token-file: %w", err)
	}
	return &lookPost{env: e, token: token, client: cl, kafka: c.Kafka}, nil
}

// ServeHTTP returns the answers as a list: 200 where all was read, 409 where something was not, 504 where an owner gave
// no answer in time.
func (l *lookPost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !l.lets(w, r) {
		return
	}
	q := r.URL.Query()
	resources, id := q["resource"], q.Get("id")
	_, err := config.Named(resources)
	if err == nil && id != "" && len(resources) != 1 {
		err = config.Errorf("id: name the one resource that it is a record of")
	}
	if err != nil {
		http.Error(w, plain.Error(err), http.StatusBadRequest)
		return
	}
	a := asking{Kafka: l.kafka, Account: q.Get("account")}
	requests, err := a.concerned(r.Context(), l.client, producer.Request{Kind: producer.KindLook, Record: id}, resources)
	if err != nil {
		http.Error(w, plain.Error(err), http.StatusNotFound)
		return
	}
	answers, err := answersTo(r.Context(), l.client, a.TopicPrefix, requests, lookWait)
	w.Header().Set("Content-Type", "application/json")
	switch {
	case err != nil:
		l.Logger.Warn("POST /look", "err", err)
		w.WriteHeader(http.StatusGatewayTimeout)
	case refused(producer.KindLook, answers) != nil:
		w.WriteHeader(http.StatusConflict)
	}
	_ = writeJSON(w, answers) // the reader has gone
}

// lets reports whether a request has the token. Without one in the file nobody has.
func (l *lookPost) lets(w http.ResponseWriter, r *http.Request) bool {
	want, err := l.token()
	if err != nil {
		l.Logger.Error("POST /look: no token", "err", err)
		http.Error(w, "the token can't be read; the log says why", http.StatusServiceUnavailable)
		return false
	}
	got, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	if !bearer || subtle.ConstantTimeCompare(a[:], b[:]) == 0 {
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "want the token of --look-token-file as a bearer token", http.StatusUnauthorized)
		return false
	}
	return true
}
