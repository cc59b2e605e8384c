// Command jdbc has a simulated account change, seachange write it to Kafka with inline schemas, and once more in Avro
// with a schema registry, and Debezium's JDBC sink keep tables of it in PostgreSQL. It ends with an error where a table
// is not what the account is.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

var watched = []string{"droplets", "firewalls", "domains", "domain_records", "databases"}

// environment is where everything is.
type environment struct {
	brokers, seachange, dir, connect, plugins, psql, port, registry, flink, jars string

	format string // inline or avro; the prefix of the topics, too

	account    *digitaloceantest.Account
	url, again string
}

func main() {
	log.SetFlags(log.Ltime)
	r := &environment{}
	flag.StringVar(&r.brokers, "brokers", "", "of Kafka")
	flag.StringVar(&r.seachange, "seachange", "", "the program")
	flag.StringVar(&r.dir, "dir", "", "for Connect's files")
	flag.StringVar(&r.connect, "connect", "", "folder of Connect's jars")
	flag.StringVar(&r.plugins, "plugins", "", "folder of the sink")
	flag.StringVar(&r.psql, "psql", "", "PostgreSQL's psql")
	flag.StringVar(&r.port, "port", "", "of PostgreSQL")
	flag.StringVar(&r.registry, "registry", "", "URL of Apicurio Registry")
	flag.StringVar(&r.flink, "flink", "", "Flink's home; none: Flink reads nothing")
	flag.StringVar(&r.jars, "flink-jars", "", "folder of what Flink needs for Kafka and Avro")
	flag.Parse()
	for _, r.format = range []string{"inline", "avro"} {
		if err := r.tryFormat(); err != nil {
			log.Fatal(r.format, ": ", err)
		}
	}
}

func (r *environment) tryFormat() error {
	r.account, r.again = digitaloceantest.Handmade(digitaloceantest.Options{PerHour: 1_000_000}), ""
	api := httptest.NewServer(r.account)
	defer api.Close()
	r.url = api.URL
	return r.play()
}

func (r *environment) play() error {
	for id := range r.account.Records("domains") { // a zone's text moves with what is below it: no text, nothing moves
		r.account.Patch("domains", id, func(m map[string]any) { m["zone_file"] = "" })
	}
	if err := r.sweep(1); err != nil {
		return err
	}
	worker, err := r.start()
	if err != nil {
		return err
	}
	defer func() { kill(worker) }()
	if err := r.await("an initial snapshot"); err != nil {
		return err
	}
	r.change()
	if err := r.sweep(3); err != nil {
		return err
	}
	kill(worker) // in the middle of it, or soon after
	r.touch("after the kill")
	if err := r.sweep(1); err != nil {
		return err
	}
	if worker, err = r.start(); err != nil {
		return err
	}
	if err := r.await("updates, deletes and a kill -9"); err != nil {
		return err
	}
	kill(worker)
	r.again = "-again" // whoever has another name reads everything once more
	if worker, err = r.start(); err != nil {
		return err
	}
	r.touch("after it all") // what comes last in each topic
	if err := r.sweep(1); err != nil {
		return err
	}
	if err := r.await("everything once more"); err != nil || r.format != "avro" || r.flink == "" {
		return err
	}
	return r.foldedByFlink()
}

// touch changes a record of each resource.
func (r *environment) touch(text string) {
	for _, resource := range watched {
		id := slices.Max(slices.Collect(maps.Keys(r.account.Records(resource))))
		r.account.Patch(resource, id, func(m map[string]any) {
			switch resource {
			case "domains":
				m["ttl"] = 1000 + len(text)
			default:
				m["name"] = text
			}
		})
	}
}

// kill ends a worker, if there is one.
func kill(worker *exec.Cmd) {
	if worker == nil || worker.Process == nil {
		return
	}
	_ = worker.Process.Kill()
	_ = worker.Wait()
}

// change creates, updates and deletes.
func (r *environment) change() {
	ids := slices.Sorted(maps.Keys(r.account.Records("droplets")))
	r.account.Patch("droplets", ids[0], func(m map[string]any) { m["name"] = "renamed ü 🐳" })
	r.account.Delete("droplets", ids[1])
	r.account.Put("domain_records", "example.com/7", `{"id":7,"type":"A","name":"new","data":"203.0.113.7","ttl":60}`)
	first := slices.Min(slices.Collect(maps.Keys(r.account.Records("firewalls"))))
	r.account.Patch("firewalls", first, func(m map[string]any) { m["name"] = "wall" })
}

// sweep has seachange look some times.
func (r *environment) sweep(times int) error {
	for range times {
		args := []string{"run", "--once", "--inline-schema"}
		if r.format == "avro" {
			args = []string{"run", "--once", "--current", "--format", "avro"}
			args = append(args, "--schema-registry", r.registry+"/apis/ccompat/v7")
		}
		cmd := exec.CommandContext(context.Background(), r.seachange, args...)
		cmd.Env = append(os.Environ(), "DIGITALOCEAN_TOKEN="+digitaloceantest.Token, "SEACHANGE_API_URL="+r.url,
			"SEACHANGE_BROKERS="+r.brokers, "SEACHANGE_TOPIC_PREFIX="+r.format, "SEACHANGE_SHARDS=2",
			"SEACHANGE_ONLY="+strings.Join(watched, ","))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("seachange: %w\n%s", err, out)
		}
	}
	return nil
}

// start starts a worker with two sinks: of the envelopes as they are, and of rows made of them by Debezium's transform.
func (r *environment) start() (*exec.Cmd, error) {
	worker := fmt.Sprintf(`bootstrap.servers=%s
listeners=http://127.0.0.1:0
plugin.path=%s
offset.storage.file.filename=%s
consumer.isolation.level=read_committed
offset.flush.interval.ms=1000
consumer.max.partition.fetch.bytes=8388608
%s%s`, r.brokers, r.plugins, filepath.Join(r.dir, "offsets-"+r.format), r.converter("key"), r.converter("value"))
	args := []string{"-Xmx512m", "-cp", r.connect + "/*", "org.apache.kafka.connect.cli.ConnectStandalone"}
	files := map[string][]byte{"worker.properties": []byte(worker)}
	for _, name := range []string{"envelope", "row"} {
		text, err := json.Marshal(r.sink(name))
		if err != nil {
			return nil, err
		}
		files[name+".json"] = text
	}
	for _, name := range []string{"worker.properties", "envelope.json", "row.json"} {
		file := filepath.Join(r.dir, name)
		if err := os.WriteFile(file, files[name], 0o600); err != nil {
			return nil, err
		}
		args = append(args, file)
	}
	out, err := os.OpenFile(filepath.Join(r.dir, "connect.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // Connect has its own
	cmd := exec.CommandContext(context.Background(), "java", args...)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, cmd.Start()
}

// converter is the one of a worker's keys or values.
func (r *environment) converter(of string) string {
	if r.format == "inline" {
		return of + ".converter=org.apache.kafka.connect.json.JsonConverter\n"
	}
	const avro = `OF.converter=io.apicurio.registry.utils.converter.AvroConverter
OF.converter.apicurio.registry.url=URL/apis/registry/v2
OF.converter.apicurio.registry.as-confluent=true
OF.converter.apicurio.registry.use-id=contentId
`
	return strings.NewReplacer("OF", of, "URL", r.registry).Replace(avro)
}

func (r *environment) sink(name string) map[string]any {
	var topics []string
	for _, resource := range watched {
		topics = append(topics, schema.TopicOf(r.format, resource))
	}
	config := map[string]string{
		"connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector", "tasks.max": "1",
		"topics":         strings.Join(topics, ","),
		"connection.url": "jdbc:postgresql://127.0.0.1:" + r.port + "/postgres", "connection.username": "postgres",
		"connection.password": "", "insert.mode": "upsert", "delete.enabled": "true",
		"primary.key.mode": "record_key", "primary.key.fields": "account_id,id", "schema.evolution": "basic",
		"collection.name.format":              name + "_${topic}",
		"consumer.override.auto.offset.reset": "earliest",
	}
	var without []string // the sink has no nested columns
	for _, topic := range topics {
		without = append(without, topic+":data")
	}
	config["field.exclude.list"] = strings.Join(without, ",")
	if name == "row" {
		config["transforms"] = "unwrap"
		config["transforms.unwrap.type"] = "io.debezium.transforms.ExtractNewRecordState"
		config["transforms.unwrap.delete.tombstone.handling.mode"] = "tombstone"
	}
	return map[string]any{"name": r.format + "-" + name + r.again, "config": config}
}

// await waits until the tables are what the account is.
func (r *environment) await(after string) error {
	want, err := r.truth()
	if err != nil {
		return err
	}
	var wrong string
	for began := time.Now(); time.Since(began) < 3*time.Minute; time.Sleep(time.Second) {
		if wrong = r.differs(want); wrong == "" {
			log.Printf("%s, after %s: %d rows in each of two schemas of tables are the account's", r.format, after, len(want))
			return nil
		}
	}
	text, _ := os.ReadFile(filepath.Join(r.dir, "connect.log"))
	return fmt.Errorf("after %s: %s\n%.6000s", after, wrong, text[max(0, len(text)-6000):])
}

// truth is each record's body, by resource and id.
func (r *environment) truth() (map[string]string, error) {
	want := map[string]string{}
	for _, resource := range watched {
		rules, err := diff.Compile(schema.Lookup(resource), diff.Options{})
		if err != nil {
			return nil, err
		}
		for id, raw := range r.account.Records(resource) {
			f, err := rules.Form(raw)
			if err != nil {
				return nil, err
			}
			want[resource+" "+id] = string(f.Body)
		}
	}
	return want, nil
}

// differs returns how the tables differ, "" if they don't.
func (r *environment) differs(want map[string]string) string {
	for _, kind := range []string{"envelope", "row"} {
		got := map[string]string{}
		for _, resource := range watched {
			query := fmt.Sprintf(`select id || chr(9) || body::text from "%s_%s_%s"`, kind, r.format, resource)
			out, err := exec.CommandContext(context.Background(), r.psql,
				"-h", "127.0.0.1", "-p", r.port, "-U", "postgres", "-At", "-c", query).CombinedOutput()
			if err != nil {
				return string(out)
			}
			for line := range strings.Lines(string(out)) {
				id, body, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				got[resource+" "+id] = body
			}
		}
		for key, body := range want {
			if got[key] != body {
				return fmt.Sprintf("%s %s is %.300q, want %.300q", kind, key, got[key], body)
			}
		}
		if len(got) != len(want) {
			return fmt.Sprintf("%s: %d rows, want %d", kind, len(got), len(want))
		}
	}
	return ""
}

// tables are a resource's events and its current topic as tables of Flink's, until where the topics end now. (databases
// is a word of SQL.)
const tables = `CREATE TABLE events_%[1]s (
  account_id STRING NOT NULL, id STRING NOT NULL, body STRING, PRIMARY KEY (account_id, id) NOT ENFORCED
) WITH (
  'connector' = 'kafka', 'topic' = '%[2]s', 'properties.bootstrap.servers' = '%[4]s',
  'properties.isolation.level' = 'read_committed', 'scan.startup.mode' = 'earliest-offset',
  'scan.bounded.mode' = 'latest-offset',
  'format' = 'debezium-avro-confluent', 'debezium-avro-confluent.url' = '%[5]s/apis/ccompat/v7'
);
CREATE TABLE current_%[1]s (
  account_id STRING NOT NULL, id STRING NOT NULL, body STRING, PRIMARY KEY (account_id, id) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka', 'topic' = '%[3]s', 'properties.bootstrap.servers' = '%[4]s',
  'properties.isolation.level' = 'read_committed', 'scan.bounded.mode' = 'latest-offset',
  'key.format' = 'avro-confluent', 'key.avro-confluent.url' = '%[5]s/apis/ccompat/v7',
  'value.format' = 'avro-confluent', 'value.avro-confluent.url' = '%[5]s/apis/ccompat/v7'
);
`

// foldedByFlink has Flink make tables of the events and of the current topics, and is an error where one is not what
// the account is.
func (r *environment) foldedByFlink() error {
	want, err := r.truth()
	if err != nil {
		return err
	}
	out, err := r.askFlink()
	if err != nil {
		return fmt.Errorf("flink: %w\n%s", err, out)
	}
	got := map[string]string{} // what its changes leave
	rows := regexp.MustCompile(`(?m)^\| ([+-][IUD]) \| +(\S+) \| +(\S+) \|$`).FindAllStringSubmatch(string(out), -1)
	for _, m := range rows {
		switch m[1] {
		case "-D", "-U":
			delete(got, m[2])
		default:
			got[m[2]] = m[3]
		}
	}
	for key, body := range want {
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
		for _, of := range []string{"events:", "current:"} {
			key := of + strings.Replace(key, " ", ":", 1)
			if got[key] != sum {
				return fmt.Errorf("flink: %s is %s, want %s\n%s", key, got[key], sum, out)
			}
		}
	}
	if len(got) != 2*len(want) {
		return fmt.Errorf("flink: %d rows of events and current topics, want %d of each", len(got), len(want))
	}
	log.Printf("%s: Flink made %d rows of %d changes, the account's, half of them of the current topics",
		r.format, len(got), len(rows))
	return nil
}

// askFlink selects each record and its body's hash, and returns what Flink says.
func (r *environment) askFlink() ([]byte, error) {
	statements := []string{
		"SET 'execution.runtime-mode' = 'streaming';", "SET 'sql-client.execution.result-mode' = 'tableau';",
		"SET 'table.display.max-column-width' = '100';",
	}
	var selects []string
	for _, resource := range watched {
		statements = append(statements, fmt.Sprintf(tables, resource, schema.TopicOf(r.format, resource),
			schema.CurrentTopicOf(r.format, resource), r.brokers, r.registry))
		for _, of := range []string{"events", "current"} {
			selects = append(selects, fmt.Sprintf(
				"SELECT CONCAT('%[1]s:%[2]s:', id) AS record, SHA256(body) AS body FROM %[1]s_%[2]s", of, resource))
		}
	}
	statements = append(statements, strings.Join(selects, " UNION ALL ")+";\n")
	file := filepath.Join(r.dir, "flink.sql")
	if err := os.WriteFile(file, []byte(strings.Join(statements, "\n")), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), "bash", r.flink+"/bin/sql-client.sh", "-Dexecution.target=local",
		"-Drest.port=0", "-Drest.address=127.0.0.1", "--library", "file://"+r.jars, "--file", file)
	cmd.Env = append(os.Environ(), "FLINK_HOME="+r.flink)
	return cmd.CombinedOutput()
}
