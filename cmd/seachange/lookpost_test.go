package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/document"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// A webhook or a pipeline that has no way to the brokers asks the process itself.
func TestPostLookReadsNowForWhoeverHasTheToken(t *testing.T) {
	const token = "obviously-fake-look-token"
	a, variables := simulated(t)
	file := filepath.Join(t.TempDir(), "look")
	write(t, file, token+"\n")
	variables["SEACHANGE_ONLY"], variables["SEACHANGE_LISTEN"] = "account,firewalls", "127.0.0.1:0"
	variables["SEACHANGE_INTERVAL"], variables["SEACHANGE_LOOK_TOKEN_FILE"] = "1h", file
	log, stop := start(t, variables, true, "run")
	addr := follow(t, log)(`metrics.* listen=(\S+)`)
	until(t, addr, "/status", `"resource": "firewalls",\s+"parent_id": "",\s+"status": "whole"`)
	post := func(query, token string) (status int, answers []document.Answer) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+"/look"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		_ = json.Unmarshal(body, &answers) // an error is text
		return resp.StatusCode, answers
	}
	a.Put("firewalls", "fw-1", `{"id":"fw-1","name":"opened"}`)
	status, answers := post("?resource=firewalls", "Bearer "+token)
	if status != http.StatusOK || len(answers) != 1 || answers[0].Changes != 1 {
		t.Errorf("status %d, %+v", status, answers)
	}
	for _, tt := range []struct {
		query, token string
		status       int
	}{
		{"?resource=firewalls", "", http.StatusUnauthorized},
		{"?resource=firewalls", token, http.StatusUnauthorized},
		{"?resource=firewalls", "Bearer ", http.StatusUnauthorized},
		{"?resource=firewalls", "Bearer " + token + "x", http.StatusUnauthorized},
		{"?resource=firewall", "Bearer " + token, http.StatusBadRequest},
		{"?id=1", "Bearer " + token, http.StatusBadRequest},
		{"?resource=droplets", "Bearer " + token, http.StatusNotFound},
		{"?resource=firewalls&account=nobody", "Bearer " + token, http.StatusNotFound},
	} {
		if status, _ := post(tt.query, tt.token); status != tt.status {
			t.Errorf("%s with %q: status %d, want %d", tt.query, tt.token, status, tt.status)
		}
	}
	a.Fault(digitaloceantest.Fault{Resource: "firewalls", Effect: digitaloceantest.Status(http.StatusForbidden)})
	if status, answers := post("?resource=firewalls", "Bearer "+token); status != http.StatusConflict ||
		len(answers) != 1 || answers[0].Reason == "" {
		t.Errorf("what can't be read: status %d, %+v", status, answers)
	}
	write(t, file, "")
	if status, _ := post("", "Bearer "); status != http.StatusServiceUnavailable {
		t.Errorf("with an empty file: status %d", status)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestALookTokenThatCannotBeReadEndsRun(t *testing.T) {
	_, variables := simulated(t)
	variables["SEACHANGE_LOOK_TOKEN_FILE"] = filepath.Join(t.TempDir(), "absent")
	if _, _, err := call(t, variables, "run", "--once"); exitCode(err) != 2 {
		t.Errorf("without --listen: %v", err)
	}
	variables["SEACHANGE_LISTEN"] = "127.0.0.1:0"
	if _, _, err := call(t, variables, "run", "--once"); exitCode(err) != 2 {
		t.Errorf("without the file: %v", err)
	}
}
