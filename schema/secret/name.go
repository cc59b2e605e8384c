// Package secret tells a secret from the words of a member's name and from the look of a value, so that nothing secret
// is published only because nobody has heard of its member yet. It fails closed: when in doubt it is a secret.
package secret

import (
	"slices"
	"strings"
	"unicode"
)

// Kind is what the name of a member says about its value.
type Kind uint8

const (
	Open    Kind = iota // nothing
	Secret              // it is a secret, unless it is a truth value; what an object of it says about the secret is none
	Several             // the same of several; a number is how many they are
)

// Name says what a member's name means, in whatever case and with whatever joints: new_password, newPassword,
// X-Api-Key.
func Name(name string) Kind {
	words := split(name)
	if len(words) == 0 || slices.Contains(known, strings.Join(words, "_")) || harmless(words) || !isSecret(words) {
		return Open
	}
	if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(plurals, w) }) {
		return Several
	}
	return Secret
}

// About reports whether a member's name says that its value is no secret even among secrets: a key's id, name or date.
func About(name string) bool {
	words := split(name)
	return len(words) > 0 && slices.Contains(about, words[len(words)-1])
}

// known are names that are no secret's though their words are.
var known = []string{"stop_token", "stop_tokens", "tokenizer", "authorized_keys"}

// within are words that make a secret of a name wherever they stand in it, also where nothing parts them from others.
var within = []string{
	"password", "passwd", "passphrase", "passcode", "secret", "token", "credential", "apikey", "authkey", "privatekey",
	"privkey",
	"accesskey", "sharedkey", "signingkey", "encryptionkey", "masterkey", "licensekey", "clientkey", "sslkey",
	"tlskey", "sshkeyprivate",
	"kubeconfig", "connectionstring", "connectionuri", "connectionurl", "connstring", "mnemonic", "seedphrase",
	"keystore", "signature",
	"bearer", "webhookurl", "recoverycode", "backupcode",
}

// whole are words that make a secret of a name as words by themselves: "pin" is in many others.
var whole = []string{
	"auth", "psk", "psks", "pwd", "pass", "pw", "pin", "otp", "totp", "jwt", "jwts", "dsn", "creds", "cred", "cookie",
	"cookies",
	"authorization", "pfx", "p12", "kubeconfig", "hmac",
}

// plurals end a name of several secrets.
var plurals = []string{
	"passwords", "secrets", "tokens", "credentials", "creds", "keys", "psks", "jwts", "cookies", "passphrases",
	"signatures",
}

func isSecret(words []string) bool {
	all := strings.Join(words, "")
	if slices.ContainsFunc(within, func(w string) bool { return strings.Contains(all, w) }) {
		return true
	}
	if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(whole, w) }) {
		return true
	}
	return isKey(words)
}

// isKey reports whether a name ends as a key's does, and is not one that opens nothing.
func isKey(words []string) bool {
	last := words[len(words)-1]
	if (last != "key" && last != "keys") || len(words) == 1 {
		return false
	}
	return !slices.Contains(openKeys, words[len(words)-2])
}

// openKeys are what opens nothing, before the word key.
var openKeys = []string{
	"public", "pub", "ssh", "primary", "partition", "foreign", "unique", "sort", "shard", "sharding", "hash", "range",
	"row", "index",
	"object", "cache", "tag", "label", "metric", "config", "group", "idempotency", "dedup", "dedupe", "lookup", "map",
	"env",
	"field", "resource", "feature", "attribute", "property", "option", "variable", "kms", "translation", "allow",
	"parse", "case",
}

// about are words that, at a name's end, tell something about a secret, and not the secret.
var about = []string{
	"id", "ids", "uuid", "uuids", "urn", "arn", "name", "names", "label", "labels", "alias", "type", "types", "kind",
	"method", "mode",
	"count", "counts", "number", "total", "limit", "limits", "quota", "length", "len", "size", "min", "max", "ratio",
	"percent", "index",
	"at", "date", "time", "timestamp", "expiry", "expires", "expiration", "ttl", "age", "lifetime", "duration",
	"seconds", "ms", "ns", "days", "period",
	"created", "updated", "rotated", "used", "enabled", "disabled", "required", "set", "exists", "status", "state",
	"policy", "rotation",
	"version", "algorithm", "encryption", "format", "fingerprint", "scope", "scopes", "region", "ref", "provider",
	"issuer", "endpoint",
	"price", "cost", "rate", "usage", "tier", "permission", "permissions", "plugin", "role", "roles", "by",
	"requested", "budget", "budgets",
}

// numbers begin the name of a number.
var numbers = []string{"max", "min", "num", "total"}

func harmless(words []string) bool {
	if slices.Contains(about, words[len(words)-1]) {
		return true
	}
	return slices.Contains(numbers, words[0])
}

// split takes a name apart into lower-case words.
func split(name string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1])):
			end() // newPassword
		case unicode.IsUpper(r) && i > 0 && i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]):
			end() // APIKey
		}
		word = append(word, r)
	}
	end()
	return words
}

// Words returns what makes a secret of a member's name: words wherever they stand in it, words by themselves, what
// opens nothing before the word key, and what at a name's end only tells about a secret.
func Words() (anywhere, alone, beforeKey, atTheEnd []string) {
	return slices.Clone(within), slices.Clone(whole), slices.Clone(openKeys), slices.Clone(about)
}
