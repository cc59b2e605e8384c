package deploy_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

const (
	composeFile = "../docker-compose.yml"
	token       = "not-a-token"
)

// load reads a compose file as `docker compose` does: held against the specification's schema, unknown keys refused.
func load(t *testing.T, content []byte, environment types.Mapping) (*types.Project, error) {
	t.Helper()
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  "..",
		ConfigFiles: []types.ConfigFile{{Filename: composeFile, Content: content}},
		Environment: environment,
	})
}

func project(t *testing.T) *types.Project {
	t.Helper()
	p, err := load(t, read(t, composeFile), types.Mapping{"DIGITALOCEAN_TOKEN": token})
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
	if err == nil || !strings.Contains(err.Error(), "set it to a read-only token") {
		t.Errorf("error is %v, want one that asks for a read-only token", err)
	}
}

func TestEveryServiceIsHardened(t *testing.T) {
	for name, s := range project(t).Services {
		t.Run(name, func(t *testing.T) {
			if s.HealthCheck == nil || len(s.HealthCheck.Test) == 0 {
				t.Error("no health check")
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

func TestSeachangeWaitsForKafkaAndWritesNoDisk(t *testing.T) {
	s := service(t, "seachange")
	if got := s.DependsOn["kafka"].Condition; got != types.ServiceConditionHealthy {
		t.Errorf("seachange starts when kafka is %q, want %q", got, types.ServiceConditionHealthy)
	}
	if !s.ReadOnly {
		t.Error("the root file system is not read-only")
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
