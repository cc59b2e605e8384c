// Package compose_test holds docker-compose.yml against the specification, the program and the lake's files.
package compose_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

const (
	composeFile = "../../docker-compose.yml"
	token       = "not-a-token"
)

// load reads a compose file as `docker compose --profile lake` does: held against the specification's schema, unknown keys refused.
func load(t *testing.T, content []byte, environment types.Mapping) (*types.Project, error) {
	t.Helper()
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  "../..",
		ConfigFiles: []types.ConfigFile{{Filename: composeFile, Content: content}},
		Environment: environment,
	}, loader.WithProfiles([]string{"lake"}))
}

func project(t *testing.T) *types.Project {
	t.Helper()
	return projectWith(t, types.Mapping{"DIGITALOCEAN_TOKEN": token})
}

func projectWith(t *testing.T, environment types.Mapping) *types.Project {
	t.Helper()
	p, err := load(t, read(t, composeFile), environment)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func service(t *testing.T, name string) types.ServiceConfig {
	t.Helper()
	s, err := project(t).GetService(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestComposeFileFollowsTheSpecification(t *testing.T) {
	project(t)
}

func TestSpecificationRefusesAnUnknownKey(t *testing.T) {
	content := strings.Replace(string(read(t, composeFile)), "    read_only: true", "    readonly: true", 1)
	if _, err := load(t, []byte(content), types.Mapping{"DIGITALOCEAN_TOKEN": token}); err == nil {
		t.Error("a misspelt key was accepted: the test above proves nothing")
	}
}

func TestComposeWithoutATokenSaysWhatToDo(t *testing.T) {
	_, err := load(t, read(t, composeFile), nil)
	if err == nil || !strings.Contains(err.Error(), "a read-only token") ||
		!strings.Contains(err.Error(), "SEACHANGE_COMMAND to demo") {
		t.Errorf("error is %v, want one that asks for a read-only token, or for the demo", err)
	}
}

func TestComposeWithoutATokenPlaysTheDemoIfAsked(t *testing.T) {
	s, err := projectWith(t, types.Mapping{"SEACHANGE_COMMAND": "demo"}).GetService("seachange")
	if err != nil || !slices.Equal(s.Command, []string{"demo"}) {
		t.Errorf("%v: the command is %q, want demo", err, s.Command)
	}
	if s := service(t, "seachange"); !slices.Equal(s.Command, []string{"run"}) {
		t.Errorf("with a token the command is %q, want run", s.Command)
	}
}

func TestTheLakeIsStartedOnlyIfAsked(t *testing.T) {
	for name, s := range project(t).Services {
		if want := name == "tables" || name == "connect"; slices.Contains(s.Profiles, "lake") != want {
			t.Errorf("%s has profiles %q", name, s.Profiles)
		}
	}
}

func TestEveryServiceIsHardened(t *testing.T) {
	for name, s := range project(t).Services {
		t.Run(name, func(t *testing.T) {
			if s.Restart != "no" && (s.HealthCheck == nil || len(s.HealthCheck.Test) == 0) {
				t.Error("no health check, and it does not end by itself")
			}
			if name != "kafka" && !s.ReadOnly {
				t.Error("the root file system is not read-only")
			}
			if s.Restart == "" {
				t.Error("no restart policy")
			}
			if !slices.Contains(s.CapDrop, "ALL") {
				t.Errorf("cap_drop is %v, want ALL", s.CapDrop)
			}
			if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
				t.Errorf("security_opt is %v, want no-new-privileges:true", s.SecurityOpt)
			}
			for _, p := range s.Ports {
				if p.HostIP != "127.0.0.1" {
					t.Errorf("port %s is published on %q, want 127.0.0.1 alone", p.Published, p.HostIP)
				}
			}
		})
	}
}

func TestEveryPulledImageIsPinned(t *testing.T) {
	pinned := regexp.MustCompile(`:\d+\.\d+\.\d+$`)
	for name, s := range project(t).Services {
		if s.Build == nil && !pinned.MatchString(s.Image) {
			t.Errorf("%s: image %q is not pinned to a version", name, s.Image)
		}
	}
}

func TestKafkaIsNewEnoughForExactlyOnce(t *testing.T) {
	if got := service(t, "kafka").Image; !strings.HasPrefix(got, "apache/kafka:4.") {
		t.Errorf("image is %q, want Apache Kafka 4", got)
	}
}

func TestKafkaKeepsItsLogInTheVolume(t *testing.T) {
	s := service(t, "kafka")
	want := *s.Environment["KAFKA_LOG_DIRS"]
	for _, v := range s.Volumes {
		if v.Type == types.VolumeTypeVolume && v.Target == want {
			return
		}
	}
	t.Errorf("no volume is mounted at KAFKA_LOG_DIRS, %s", want)
}

func TestKafkaNamesAddressesThatItsClientsReach(t *testing.T) {
	kafka := service(t, "kafka")
	advertised := *kafka.Environment["KAFKA_ADVERTISED_LISTENERS"]
	host := "HOST://127.0.0.1:" + kafka.Ports[0].Published
	network := "NETWORK://" + *service(t, "seachange").Environment["SEACHANGE_BROKERS"]
	for _, want := range []string{host, network} {
		if !slices.Contains(strings.Split(advertised, ","), want) {
			t.Errorf("advertised listeners are %s, want %s among them", advertised, want)
		}
	}
}

func TestServicesWaitForWhatTheyNeed(t *testing.T) {
	for _, name := range []string{"seachange", "connect"} {
		if got := service(t, name).DependsOn["kafka"].Condition; got != types.ServiceConditionHealthy {
			t.Errorf("%s starts when kafka is %q, want %q", name, got, types.ServiceConditionHealthy)
		}
	}
	if got := service(t, "connect").DependsOn["tables"].Condition; got != types.ServiceConditionCompletedSuccessfully {
		t.Errorf("connect starts when tables is %q, want %q", got, types.ServiceConditionCompletedSuccessfully)
	}
}

// The lake's services and files agree on addresses and places.
func TestTheLakesServicesFitItsFiles(t *testing.T) {
	s := service(t, "connect")
	brokers := *service(t, "seachange").Environment["SEACHANGE_BROKERS"]
	if s.Command[0] != brokers ||
		!strings.Contains(string(read(t, "../lake/connect/worker.properties")), "bootstrap.servers="+brokers+"\n") {
		t.Errorf("connect or its worker.properties has other brokers than %s: %q", brokers, s.Command)
	}
	for _, file := range s.Command[1:] {
		mounted := slices.ContainsFunc(s.Volumes, func(v types.ServiceVolumeConfig) bool {
			return v.Target == "/opt/seachange/"+file && strings.HasSuffix(v.Source, "lake/connect/"+file) && v.ReadOnly
		})
		if _, err := os.Stat("../lake/connect/" + file); err != nil || !mounted {
			t.Errorf("%s is not there, or not mounted: %v", file, err)
		}
	}
	for _, name := range []string{"connect", "tables"} {
		s := service(t, name)
		if !slices.ContainsFunc(s.Volumes, func(v types.ServiceVolumeConfig) bool {
			return v.Source == "lake" && v.Target == "/lake"
		}) {
			t.Errorf("%s has no volume at /lake", name)
		}
		if !strings.Contains(string(read(t, "../lake/Dockerfile")), " AS "+s.Build.Target+"\n") {
			t.Errorf("deploy/lake/Dockerfile has no stage %q", s.Build.Target)
		}
	}
}

func TestTokenComesFromTheEnvironmentAndGoesToOneVariable(t *testing.T) {
	for name, s := range project(t).Services {
		for variable, value := range s.Environment {
			if value != nil && strings.Contains(*value, token) && (name != "seachange" || variable != "DIGITALOCEAN_TOKEN") {
				t.Errorf("%s gets the token in %s", name, variable)
			}
		}
	}
	if got := service(t, "seachange").Environment["DIGITALOCEAN_TOKEN"]; got == nil || *got != token {
		t.Errorf("DIGITALOCEAN_TOKEN is %v, want what the environment says", got)
	}
}

// The compose file's words for the program: its command, its health check, and every variable of ours.
func TestProgramKnowsWhatTheComposeFileSays(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "seachange")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "./cmd/seachange")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	s := service(t, "seachange")
	help, err := exec.CommandContext(t.Context(), bin, append(slices.Clone(s.Command), "--help")...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v --help: %v\n%s", s.Command, err, help)
	}
	known := string(help) + string(read(t, "../../docs/reference/configuration.md")) // secrets have no flag
	for variable := range s.Environment {
		if !strings.Contains(known, variable) {
			t.Errorf("neither %v --help nor docs/reference/configuration.md knows %s", s.Command, variable)
		}
	}
	probe := append(slices.Clone(s.HealthCheck.Test[2:]), "--help")
	if out, err := exec.CommandContext(t.Context(), bin, probe...).CombinedOutput(); err != nil {
		t.Errorf("health check %v: %v\n%s", s.HealthCheck.Test, err, out)
	}
}
