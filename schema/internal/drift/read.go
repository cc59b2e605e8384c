package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/seachange/seachange/schema/internal/apidoc"
	"github.com/seachange/seachange/schema/internal/drift/client"
)

const module = "github.com/digitalocean/godo"

// readGodo reads a release of godo, or the folder of its source, and returns the day of the release.
func readGodo(release string) (c *apidoc.Client, day string, err error) {
	if info, err := os.Stat(release); err == nil && info.IsDir() {
		c, err := client.Read(release)
		return c, "", err
	}
	var m struct{ Version, Dir, Info, Error string }
	if err := goJSON(&m, "mod", "download", "-json", module+"@"+release); err != nil {
		return nil, "", fmt.Errorf("%s %s: %w %s", module, release, err, m.Error)
	}
	if c, err = client.Read(m.Dir); err != nil {
		return nil, "", err
	}
	c.Version = strings.TrimPrefix(m.Version, "v")
	text, err := os.ReadFile(m.Info)
	if err != nil {
		return nil, "", err
	}
	var info struct{ Time time.Time }
	if err := json.Unmarshal(text, &info); err != nil {
		return nil, "", fmt.Errorf("%s: %w", m.Info, err)
	}
	return c, info.Time.Format(time.DateOnly), nil
}

// goJSON runs the go command, outside of this module, whose releases are pinned.
func goJSON(to any, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if e := json.Unmarshal(out, to); e != nil && err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("go %s: %w %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return nil
}

// readDocument reads an OpenAPI document, of a file or an address, in JSON or YAML.
func readDocument(from string) (*apidoc.Document, error) {
	text, err := readAll(from)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		if text, err = yaml.YAMLToJSON(text); err != nil {
			return nil, fmt.Errorf("%s: neither JSON nor YAML: %w", from, err)
		}
	}
	doc, err := apidoc.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	if len(doc.Paths()) == 0 {
		return nil, fmt.Errorf("%s: no GET in it: is it an OpenAPI document in one file?", from)
	}
	return doc, nil
}

// largest is more than ten times what DigitalOcean's document has.
const largest = 64 << 20

func readAll(from string) ([]byte, error) {
	if !strings.HasPrefix(from, "https://") && !strings.HasPrefix(from, "http://") {
		return os.ReadFile(from)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", from, resp.Status)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, largest+1))
	if err == nil && len(text) > largest {
		err = errors.New("larger than 64 MiB")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return text, nil
}
