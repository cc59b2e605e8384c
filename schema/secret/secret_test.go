package secret_test

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/schema/secret"
)

func TestNamesOfSecrets(t *testing.T) {
	for name := range strings.FieldsSeq(`new_password newPassword Password PASSWORD initial_root_password
		privateKey ssh_private_key wireguard_private_key accessToken session_token apiKey ApiKey APIKey apikey x-api-key
		X-Api-Key bgp_auth_key bgpAuthKey psk preshared_key presharedKey pre_shared_key kube_config kubeConfig kubeconfig
		secret clientSecret client_secret_value token auth_token refresh-token bearer credential credentials userPass
		db_pass pwd pin_code dsn connection_string ConnectionUri signing_key encryptionKey datadog_api_key webhook_secret
		cookie Authorization Proxy-Authorization jwt master_key routing_key integration_key token_hash password_hash
		passwordHint two_factor_otp totp secretAccessKey access.token`) {
		if secret.Name(name) == secret.Open {
			t.Errorf("%s: no secret", name)
		}
	}
	for name := range strings.FieldsSeq(`public_key publicKey ssh_keys ssh_key fingerprint token_count
		tokenCount max_tokens total_tokens key keys key_id access_key_id accessKeyId password_set password_updated_at
		token_expires_at secret_name api_key_uuid partition_key primary_key name id monkey turkey keyboard
		pinned_deployment pinned passenger bypass compass passive spinner password_encryption stop_token ip_address region
		keyspace keywords cookies_enabled sticky`) {
		if secret.Name(name) != secret.Open {
			t.Errorf("%s: a secret", name)
		}
	}
	for _, name := range []string{"input_tokens", "tokens", "api_keys"} {
		if secret.Name(name) != secret.Several {
			t.Errorf("%s: not several", name)
		}
	}
}

const hex = "0123456789abcdef0123456789abcdef"

func TestValuesThatAreSecrets(t *testing.T) {
	for _, text := range []string{
		"dop_v1_" + hex, "doo_v1_" + hex, "dor_v1_" + hex, "dop_v1_FAKE", "ghp_" + hex, "github_pat_" + hex, "glpat-" + hex,
		"xoxb-1-FAKE", "sk_live_" + hex, "AKIA" + "FAKEFAKEFAKEFAKE", "eyJhbGciOiJub25lIn0.eyJmYWtlIjp0cnVlfQ.FAKE",
		"sk-proj-FAKEFAKE", "hvs.FAKEFAKEFAKE", "-----BEGIN RSA PRIVATE KEY-----\nFAKE\n-----END RSA PRIVATE KEY-----",
		`x\n-----BEGIN OPENSSH PRIVATE KEY-----\nFAKE`, "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ==",
		"postgres://doadmin:FAKE@db.example.com:25060/defaultdb", "redis://:FAKE@cache.example.com",
		"https://user:FAKE@example.com/x", "https://FAKE@example.com", "postgres://u:FA/KE@db.example.com/x",
		"amqps://u:FAKE@h/v see the manual", "https://example.com/?token=FAKE",
		"https://example.com/hook?a=1&access_token=FAKE", "https://x.example.com/?X-Amz-Signature=FAKE",
		"https://example.com/?apiKey=FAKE#x", "DB_PASSWORD=FAKE ./run", "run --token=FAKE", "run --password FAKE -v",
		"a --api-key 'FAKE'", `{"password":"FAKE"}`, `{\"password\":\"FAKE\"}`, `{\"db\": {\"new_password\": \"FAKE\"}}`,
		"password: FAKE", `user: x\npassword: FAKE`, "curl -H 'Authorization: Bearer FAKE' example.com", "X-Api-Key: FAKE",
		"curl -H \"X-Auth-Token:FAKE\"", "Bearer 0123456789abcdef", "Basic dXNlcjpGQUtF",
		"error: token dop_v1_FAKE is not valid", "export SECRET_KEY=FAKE", `a\nghp_FAKEFAKE`, "(ghp_FAKEFAKE)",
	} {
		if !secret.String(text) {
			t.Errorf("%s: no secret", text)
		}
	}
	for _, text := range []string{
		"", "active", "2026-11-30T04:50:00Z", "9cc10173-e9ea-4176-9dbc-a4cee4c4ff30", "2001:db8::1", "203.0.113.7",
		"ubuntu-24-04-x64", "s-1vcpu-1gb", "https://example.com/a?b=c", "https://example.com:8080/path@v2",
		"https://example.com/@user", "do:droplet:3164494", "do:droplet:1",
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ alice@laptop", "ssh-ed25519 AAAAC3Nza user@example.com",
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----",
		"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", "3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa",
		"registry.example.com/app@sha256:" + hex, "npm run build", "node server.js --port 8080",
		"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GN", "google-site-verification=abcdefgh",
		"v=spf1 include:_spf.example.com ~all", "run --token $TOKEN", "run --password=$PASSWORD", "TOKEN=${TOKEN} ./run",
		"ssh://git@example.com/x.git", "git@github.com:org/repo.git", "the token has expired: ask for a new one", "basic",
		"A basic plan for everyone", "Basic HA", "bearer of news", "invalid token", "admin:x", "*/5 * * * *",
		"$ORIGIN example.com.\n$TTL 1800\n" + "example.com. IN SOA ns1.digitalocean.com. hostmaster.example.com. 1 2 3 4 5",
		"https://cluster.k8s.ondigitalocean.com", "sk-1", "task-0123456789abcdef01234567", "disk-0123456789abcdef01234567",
		"***", "***:0123456789abcdef", "postgres://doadmin:***@db.example.com/x", "password=***",
	} {
		if secret.String(text) {
			t.Errorf("%s: a secret", text)
		}
	}
}

// FuzzValue holds that no text makes it panic, and that what is around a token doesn't hide it.
func FuzzValue(f *testing.F) {
	f.Add("run ", " -v")
	f.Add("https://", "@x")
	f.Fuzz(func(t *testing.T, before, after string) {
		secret.String(before + after)
		if !secret.String(before + " dop_v1_" + hex + " " + after) {
			t.Errorf("%q hides a token", before)
		}
	})
}

func TestPersonalData(t *testing.T) {
	for name := range strings.FieldsSeq("email userEmail user_email full_name fullName last_name phone " +
		"phone_number emails Email") {
		if !secret.Personal(name) {
			t.Errorf("%s: nobody's", name)
		}
	}
	for name := range strings.FieldsSeq("name email_verified region mailbox_count hostname title") {
		if secret.Personal(name) {
			t.Errorf("%s: somebody's", name)
		}
	}
	for text, want := range map[string]bool{
		"sammy@example.com": true, "deployed by Sammy <sammy.shark+do@mail.example.com>.": true, "@": false, "a@b": false,
		"git@github.com:o/r.git": false, "app@sha256:0123": false, "pkg@1.2.3": false, "": false, "x@@y.com": false,
		"git@github.com and sammy@example.org": true,
	} {
		if got := secret.Mailbox([]byte(text)); got != want {
			t.Errorf("%s: a mailbox is %v, want %v", text, got, want)
		}
	}
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"all is well":                           "all is well",
		"token dop_v1_FAKE is not valid":        "token *** is not valid",
		"call https://u:FAKE@example.com again": "call *** again",
		"text/html; token=FAKE":                 "text/html; ***",
		"Authorization: Bearer FAKEFAKE1":       "***",
	} {
		if got := secret.Redact(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
