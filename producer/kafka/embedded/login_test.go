package embedded_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
)

// asked writes and reads a record as a client that logs in, or doesn't.
func asked(t *testing.T, addr string, login *client.SASL) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := client.Client{Brokers: []string{addr}, SASL: login}
	w, err := c.OpenWriter(ctx, "t")
	if err != nil {
		return err
	}
	if err := w.Write(ctx, client.Record{Value: []byte("x")}); err != nil {
		return err
	}
	if err := w.Close(ctx); err != nil {
		return err
	}
	o := client.ReadOptions{Topics: []string{"t"}, FromStart: true, UntilEnd: true}
	return c.Read(ctx, o, func(client.Record) error { return nil })
}

// askedOnce asks for a sign of life. The broker hangs up on a wrong key, and other clients ask again for long.
func askedOnce(t *testing.T, addr string, login *client.SASL) error {
	t.Helper()
	cl, err := client.Client{Brokers: []string{addr}, SASL: login}.Open(kgo.RequestRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	return cl.Ping(t.Context())
}

// started runs a broker of a directory that may make a key, for a moment.
func started(t *testing.T, dir string, try func(addr string)) {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0", Login: true})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	try(b.Addr())
}

func keyOf(t *testing.T, dir string) *client.SASL {
	t.Helper()
	login, err := embedded.Login(dir)
	if err != nil {
		t.Fatal(err)
	}
	return login
}

func TestANewDirectoryAsksForItsKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	var first string
	started(t, dir, func(addr string) {
		login := keyOf(t, dir)
		first = login.Password
		if err := errors.Join(asked(t, addr, login), askedOnce(t, addr, login)); err != nil {
			t.Errorf("with the key: %v", err)
		}
		wrong := *login
		wrong.Password = "not-the-key"
		if asked(t, addr, nil) == nil || askedOnce(t, addr, &wrong) == nil {
			t.Error("one without the key reads and writes")
		}
		for name, want := range map[string]string{
			"kcat.conf": "bootstrap.servers=" + addr + "\nsecurity.protocol=SASL_PLAINTEXT\n" +
				"sasl.mechanisms=SCRAM-SHA-256\n",
			"client.properties": `required username="seachange" password="` + first + `";`,
		} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !strings.Contains(string(text), want) || !strings.Contains(string(text), first) {
				t.Errorf("%s: %v\n%s", name, err, text)
			}
		}
		for _, name := range []string{"", "key", "kcat.conf", "client.properties"} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil || (runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0) {
				t.Errorf("%q is for others, too: %v", name, err)
			}
		}
	})
	started(t, dir, func(addr string) {
		if login := keyOf(t, dir); login.Password != first || asked(t, addr, login) != nil {
			t.Error("a restart makes another key")
		}
	})
	for name, text := range map[string]string{
		"key": "another\n", filepath.Join("log", "sasl.json"): "{}\n", // and what the broker itself would keep of users
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	started(t, dir, func(addr string) {
		if login := keyOf(t, dir); login.Password != "another" || asked(t, addr, login) != nil {
			t.Error("a key that the operator wrote isn't asked for")
		}
	})
	if err := os.Remove(filepath.Join(dir, "key")); err != nil {
		t.Fatal(err)
	}
	started(t, dir, func(addr string) {
		if err := asked(t, addr, nil); err != nil {
			t.Errorf("without a key: %v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, "kcat.conf")); err == nil {
			t.Error("the clients' files say what is not so")
		}
	})
}

// Who writes a key before the first start wants that one.
func TestAKeyThatWasThereBeforeTheFirstStartIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte("obviously-fake\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	started(t, dir, func(addr string) {
		if login := keyOf(t, dir); login.Password != "obviously-fake" || asked(t, addr, login) != nil {
			t.Errorf("the key is %q", login.Password)
		}
	})
}

// librdkafka, which kcat and most clients that are not Java's are made with, looks for version 0 of the handshake.
func TestTheHandshakeIsOfferedAsLibrdkafkaLooksForIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	started(t, dir, func(addr string) {
		for version := int16(0); version <= 4; version++ {
			var asked kversion.Versions
			asked.SetMaxKeyVersion(int16(kmsg.ApiVersions), version)
			cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.MaxVersions(&asked))
			if err != nil {
				t.Fatal(err)
			}
			defer cl.Close()
			offer, err := kmsg.NewPtrApiVersionsRequest().RequestWith(t.Context(), cl)
			if err != nil || offer.Version != version {
				t.Fatalf("version %d: %v, %+v", version, err, offer)
			}
			for _, k := range offer.ApiKeys {
				if k.ApiKey == int16(kmsg.SASLHandshake) && (k.MinVersion != 0 || k.MaxVersion != 1) {
					t.Errorf("version %d: the handshake is offered from version %d to %d", version, k.MinVersion, k.MaxVersion)
				}
			}
		}
	})
}

func TestKcatReadsWithTheFileInTheDirectory(t *testing.T) {
	kcat, err := exec.LookPath("kcat")
	if err != nil {
		t.Skip("needs kcat: bash .ci/run installs it and runs this")
	}
	dir := filepath.Join(t.TempDir(), "data")
	started(t, dir, func(addr string) {
		if err := asked(t, addr, keyOf(t, dir)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), kcat, "-F", filepath.Join(dir, "kcat.conf"), "-C", "-t", "t", "-e", "-q")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasSuffix(string(out), "\nx\n") {
			t.Errorf("%v: %s", err, out)
		}
	})
}

// A directory that was made without a key keeps what it had, and a key that can't be is refused by its file.
func TestADirectoryThatWasThereKeepsWhatItHad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	b, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	started(t, dir, func(addr string) {
		if err := asked(t, addr, nil); err != nil || keyOf(t, dir) != nil {
			t.Errorf("%v: a login is asked for", err)
		}
	})
	write := filepath.Join(dir, "key")
	if err := os.WriteFile(write, []byte("a\"b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"}); err == nil ||
		!strings.Contains(err.Error(), write) {
		t.Errorf("a key that can't be: %v", err)
	}
}
