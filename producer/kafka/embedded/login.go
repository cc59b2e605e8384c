package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/seachange/seachange/producer/kafka/client"
)

// Files of a data directory whose broker asks for a login. The key is the user's password: where it is, the broker asks
// for it, and where it is not, it asks for nothing. The others are for kcat and for Kafka's own tools.
const (
	keyFile        = "key"
	kcatFile       = "kcat.conf"
	propertiesFile = "client.properties"
)

const (
	loginUser      = "seachange"
	loginMechanism = "SCRAM-SHA-256"
)

// Login returns how to log in at the broker of a data directory; nil where it asks for nothing.
func Login(dir string) (*client.SASL, error) {
	key, err := readKey(dir)
	return loginWith(key), err
}

// SASL is how to log in; nil where the broker asks for nothing.
func (b *Broker) SASL() *client.SASL { return loginWith(b.key) }

func loginWith(key string) *client.SASL {
	if key == "" {
		return nil
	}
	return &client.SASL{Mechanism: loginMechanism, User: loginUser, Password: key}
}

func readKey(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, keyFile))
	if errors.Is(err, fs.ErrNotExist) || dir == "" {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("the broker's key: %w", err)
	}
	key := strings.TrimSpace(string(b))
	if key == "" || strings.ContainsAny(key, "\"\\\r\n") {
		return "", fmt.Errorf("the broker's key in %s is empty, or has quotes, backslashes or several lines: write "+
			"another into it, or remove the file to ask for no login", filepath.Join(dir, keyFile))
	}
	return key, nil
}

// login reads the key, or makes it in a directory that is new and has none.
func (b *Broker) login(o Options) (err error) {
	if b.key, err = readKey(o.Dir); err != nil || b.key != "" || !o.Login {
		return err
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "log")); errors.Is(err, fs.ErrNotExist) {
		b.key = rand.Text()
		return writeFile(filepath.Join(o.Dir, keyFile), []byte(b.key+"\n"))
	}
	return nil
}

// asking are the options of a cluster that asks for the key; none without one.
func (b *Broker) asking() []kfake.Opt {
	if b.key == "" {
		return nil
	}
	return []kfake.Opt{kfake.EnableSASL(), kfake.Superuser(loginMechanism, loginUser, b.key)}
}

// offerHandshake has the broker offer version 0 of SaslHandshake, too. kfake has version 1 alone, and librdkafka, and
// so kcat, takes a broker without version 0 for one that has no handshake; it then uses version 1.
func (b *Broker) offerHandshake() error {
	if b.key == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cl, err := kgo.NewClient(append(b.own(), kgo.SeedBrokers(b.addr))...)
	if err != nil {
		return err
	}
	defer cl.Close()
	offer, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, cl)
	if err != nil {
		return fmt.Errorf("ask the broker for its versions: %w", err)
	}
	for i := range offer.ApiKeys {
		if offer.ApiKeys[i].ApiKey == int16(kmsg.SASLHandshake) {
			offer.ApiKeys[i].MinVersion = 0
		}
	}
	b.cluster.ControlKey(int16(kmsg.ApiVersions), func(req kmsg.Request) (kmsg.Response, error, bool) {
		if req.GetVersion() > lastPlainOffer {
			return nil, nil, false
		}
		b.cluster.KeepControl()
		mine := *offer
		mine.Version = req.GetVersion()
		return &mine, nil, true
	})
	return nil
}

// lastPlainOffer is the last version of ApiVersions whose requests have nothing to look at.
const lastPlainOffer = 4

// own are the options of the broker's own client.
func (b *Broker) own() []kgo.Opt {
	if b.key == "" {
		return nil
	}
	return []kgo.Opt{kgo.SASL(scram.Auth{User: loginUser, Pass: b.key}.AsSha256Mechanism())}
}

// writeClientFiles writes what other programs log in with. Without a key they are removed: they would say what is not
// so.
func (b *Broker) writeClientFiles(dir string) error {
	if b.key == "" {
		for _, name := range []string{kcatFile, propertiesFile} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	}
	kcat := fmt.Sprintf("bootstrap.servers=%s\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanisms=%s\nsasl.username=%s\n"+
		"sasl.password=%s\nisolation.level=read_committed\n", b.addr, loginMechanism, loginUser, b.key)
	properties := fmt.Sprintf("bootstrap.servers=%s\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=%s\n"+
		"sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"%s\" "+
		"password=\"%s\";\nisolation.level=read_committed\n", b.addr, loginMechanism, loginUser, b.key)
	return errors.Join(
		writeFile(filepath.Join(dir, kcatFile), []byte(kcat)),
		writeFile(filepath.Join(dir, propertiesFile), []byte(properties)))
}
