package secret

import (
	"bytes"
	"strings"
)

// Value reports whether a text looks like a secret, or has one in it: a private key, a token of a kind that is known by
// its beginning, a URL with a password or a token in it, a command or a header that gives one. Both the text itself and
// its form within the quotes of JSON will do.
func Value(text []byte) bool {
	if len(text) < shortest {
		return false
	}
	if text[0] == basePEM[0] && bytes.HasPrefix(text, []byte(basePEM)) && !isPublic(text) {
		return true
	}
	for i, c := range text {
		if triggers[c] && secretAt(text, i) {
			return true
		}
	}
	return false
}

// String is Value of a string.
func String(text string) bool { return Value([]byte(text)) }

// shortest is the length of the shortest text that is looked at.
const shortest = 7

// -----BEGIN in base64, and the same of what is public: as Kubernetes writes it.
const (
	basePEM         = "LS0tLS1CRUdJTi"
	baseCertificate = "LS0tLS1CRUdJTiBDRVJU"
	basePublic      = "LS0tLS1CRUdJTiBQVUJM"
)

func isPublic(base64 []byte) bool {
	return bytes.HasPrefix(base64, []byte(baseCertificate)) || bytes.HasPrefix(base64, []byte(basePublic))
}

// triggers are the bytes at which a text is looked at more closely.
var triggers = func() (is [256]bool) {
	for _, c := range "_-:= .JKz" {
		is[c] = true
	}
	return is
}()

// secretAt reports whether there is a secret around the trigger at i.
func secretAt(text []byte, i int) bool {
	switch text[i] {
	case '_', '-', '.':
		return prefixed(text, i) || (text[i] == '-' && (privateKey(text, i) || flag(text, i)))
	case ':':
		return inURL(text, i) || named(text, i)
	case '=':
		return named(text, i)
	case ' ':
		return scheme(text, i)
	case 'J':
		return isJWT(text, i)
	}
	return isAccessKey(text, i)
}

// prefix is what a token begins with, up to a trigger.
type prefix struct {
	text string
	body int // at least so many characters follow
}

// prefixes are those of well-known tokens, by the byte before the trigger that ends them.
var prefixes = byLast(
	prefix{"dop_v1_", 1}, prefix{"doo_v1_", 1}, prefix{"dor_v1_", 1}, prefix{"doak_v1_", 1}, // DigitalOcean
	prefix{"ghp_", 4}, prefix{"gho_", 4}, prefix{"ghu_", 4}, prefix{"ghs_", 4}, prefix{"ghr_", 4},
	prefix{"github_pat_", 1},
	prefix{"glpat-", 1}, prefix{"gldt-", 8}, prefix{"glrt-", 8}, prefix{"glptt-", 8},
	prefix{"xoxb-", 1}, prefix{"xoxp-", 1}, prefix{"xoxa-", 1}, prefix{"xoxr-", 1}, prefix{"xoxs-", 1}, prefix{"xapp-", 4},
	prefix{"sk_live_", 1}, prefix{"sk_test_", 1}, prefix{"rk_live_", 1}, prefix{"rk_test_", 1}, prefix{"whsec_", 4},
	prefix{"sk-ant-", 4}, prefix{"sk-proj-", 4}, prefix{"sk-svcacct-", 4}, prefix{"sk-", 20}, prefix{"hf_", 16},
	prefix{"npm_", 20}, prefix{"pypi-", 16}, prefix{"dckr_pat_", 4}, prefix{"shpat_", 8}, prefix{"shpss_", 8},
	prefix{"hvs.", 8}, prefix{"hvb.", 8}, prefix{"SG.", 16}, prefix{"ya29.", 8}, prefix{"lin_api_", 8},
	prefix{"AGE-SECRET-KEY-", 1}, prefix{"dp.pt.", 8}, prefix{"PMAK-", 8}, prefix{"NRAK-", 8}, prefix{"sntrys_", 8},
	prefix{"dapi-", 20}, prefix{"rubygems_", 8},
	prefix{"atlasv1.", 8}, prefix{"figd_", 8}, prefix{"glsa_", 8}, prefix{"glc_", 16},
	prefix{"pscale_tkn_", 4}, prefix{"pscale_pw_", 4},
)

func byLast(all ...prefix) (by [256][]prefix) {
	for _, p := range all {
		last := p.text[len(p.text)-2]
		by[last] = append(by[last], p)
	}
	return by
}

// prefixed reports whether a well-known token's beginning ends at i.
func prefixed(text []byte, i int) bool {
	if i == 0 {
		return false
	}
	for _, p := range prefixes[text[i-1]] {
		start := i + 1 - len(p.text)
		if start < 0 || string(text[start:i+1]) != p.text || (start > 0 && isWord(text[start-1]) && !escaped(text, start-1)) {
			continue
		}
		if run(text[i+1:]) >= p.body {
			return true
		}
	}
	return false
}

// run returns how many characters of a token a text begins with.
func run(text []byte) int {
	n := 0
	for n < len(text) && (isWord(text[n]) || text[n] == '-' || text[n] == '.') {
		n++
	}
	return n
}

func isWord(c byte) bool {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
}

// escaped reports whether the letter at i is the n of \n, or another of JSON's escapes.
func escaped(text []byte, i int) bool { return i > 0 && text[i-1] == '\\' }

// privateKey reports whether a PEM block begins at i that is nobody else's to know.
func privateKey(text []byte, i int) bool {
	rest, ok := bytes.CutPrefix(text[i:], []byte("-----BEGIN "))
	if !ok {
		return false
	}
	label, _, _ := bytes.Cut(rest[:min(len(rest), 64)], []byte("-----"))
	return !bytes.Contains(label, []byte("PUBLIC KEY")) && !bytes.HasPrefix(label, []byte("CERTIFICATE")) &&
		!bytes.HasSuffix(label, []byte("X509 CRL"))
}

// inURL reports whether a URL's :// is at i and a password, or on the web anything, stands before its @.
func inURL(text []byte, i int) bool {
	rest, ok := bytes.CutPrefix(text[i:], []byte("://"))
	if !ok {
		return false
	}
	end := bytes.IndexAny(rest, " \"'<>\\,")
	if end < 0 {
		end = len(rest)
	}
	rest = rest[:end]
	at := bytes.IndexByte(rest, '@')
	if at <= 0 {
		return false
	}
	host := bytes.IndexAny(rest, "/?#")
	user, password, has := bytes.Cut(rest[:at], []byte(":"))
	switch {
	case host >= 0 && host < at: // the @ is behind the host, unless a slash stands in the password
		return has && len(password) > 0 && !bytes.ContainsAny(user, "/?#") && !isPort(password)
	case has:
		return len(password) > 0 && !isMasked(password)
	}
	return bytes.HasSuffix(text[:i], []byte("http")) || bytes.HasSuffix(text[:i], []byte("https"))
}

// isPort reports whether a text begins with a port of a host, not with a password.
func isPort(text []byte) bool {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n > 0 && (n == len(text) || strings.IndexByte("/?#", text[n]) >= 0)
}

// named reports whether a secret's name ends at i, at = or :, and its value follows: ?token=x, PASSWORD=x, X-Api-Key:
// x, "password": "x". A variable's name, $TOKEN, is no value.
func named(text []byte, i int) bool {
	begin, end := nameBefore(text, i)
	if end-begin < 2 || end-begin > longestName || (text[begin] >= '0' && text[begin] <= '9') {
		return false
	}
	if text[i] == ':' && !bytes.ContainsAny(text[begin:end], "-_") && !(spaced(text[i+1:]) && startsLine(text, begin)) {
		return false // a time, an address, a clause of a sentence
	}
	return hasValue(text[i+1:]) && Name(string(text[begin:end])) != Open
}

// nameBefore returns where a name lies whose quote, if it has one, ends at i.
func nameBefore(text []byte, i int) (begin, end int) {
	end = i
	for end > 0 && (text[end-1] == '"' || text[end-1] == '\'' || text[end-1] == '\\' || text[end-1] == ' ') {
		end--
	}
	begin = end
	for begin > 0 && end-begin <= longestName && (isWord(text[begin-1]) || text[begin-1] == '-') {
		begin--
	}
	if begin < end && begin > 0 && escaped(text, begin) {
		begin++ // the n of \n
	}
	return begin, end
}

// spaced reports whether what follows a colon is parted from it, or quoted.
func spaced(rest []byte) bool { return len(rest) > 0 && strings.IndexByte(" \"'\\", rest[0]) >= 0 }

const longestName = 64

// hasValue reports whether a value follows a name, which is not masked and not another name's.
func hasValue(rest []byte) bool {
	rest = bytes.TrimLeft(rest, ` "'\`)
	return len(rest) > 0 && strings.IndexByte("$=&{<,;):/", rest[0]) < 0 && !isMasked(rest)
}

// isMasked reports whether what follows has been taken out already.
func isMasked(text []byte) bool { return bytes.HasPrefix(text, []byte("***")) }

// startsLine reports whether nothing but quotes stands before i in its line.
func startsLine(text []byte, i int) bool {
	if i == 0 {
		return true
	}
	return strings.IndexByte("\"'\n\t{,[?&;", text[i-1]) >= 0 || (i > 1 && text[i-1] == 'n' && text[i-2] == '\\')
}

// flag reports whether a command's flag begins at i that takes a secret: --password x.
func flag(text []byte, i int) bool {
	if i+2 >= len(text) || text[i+1] != '-' || text[i+2] == '-' || (i > 0 && text[i-1] != ' ' && text[i-1] != '"') {
		return false
	}
	n := run(text[i+2:])
	end := i + 2 + n
	if n > longestName || end+1 >= len(text) || text[end] != ' ' {
		return false
	}
	value := bytes.TrimLeft(text[end:], ` "'\`)
	return len(value) > 0 && value[0] != '-' && value[0] != '$' && !isMasked(value) && Name(string(text[i+2:end])) != Open
}

// scheme reports whether HTTP's credentials follow the space at i: Bearer x, Basic x.
func scheme(text []byte, i int) bool {
	for _, word := range []string{"bearer", "basic"} {
		start := i - len(word)
		if start < 0 || text[i-1]|0x20 != word[len(word)-1] || !strings.EqualFold(string(text[start:i]), word) {
			continue
		}
		if start > 0 && isWord(text[start-1]) {
			continue
		}
		body := text[i+1 : i+1+run(text[i+1:])]
		return isCredential(body) || (startsHeader(text, start) && len(body) > 0)
	}
	return false
}

// isCredential reports whether a word is none of a language's: it is long, or has digits or capitals in its midst.
func isCredential(word []byte) bool {
	return len(word) >= 16 || (len(word) >= 6 && bytes.ContainsAny(word, "0123456789_")) ||
		(len(word) >= 10 && bytes.ContainsAny(word[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") && !isUpper(word))
}

func isUpper(word []byte) bool { return bytes.Equal(bytes.ToUpper(word), word) }

// startsHeader reports whether a header's colon stands before i.
func startsHeader(text []byte, i int) bool {
	before := bytes.TrimRight(text[:i], " ")
	return len(before) > 0 && before[len(before)-1] == ':'
}

// isJWT reports whether the J of a token's eyJ is at i.
func isJWT(text []byte, i int) bool {
	if i < 2 || text[i-1] != 'y' || text[i-2] != 'e' || (i > 2 && isWord(text[i-3]) && !escaped(text, i-3)) {
		return false
	}
	token := text[i-2 : i+1+run(text[i+1:])]
	return bytes.Count(token, []byte(".")) >= 2
}

// isAccessKey reports whether an access key's AKIA or AIza has its second K or z at i.
func isAccessKey(text []byte, i int) bool {
	if i >= 1 && text[i] == 'K' && bytes.HasPrefix(text[i-1:], []byte("AKIA")) {
		return (i == 1 || !isWord(text[i-2])) && run(text[i+3:]) >= 12
	}
	return i >= 2 && text[i] == 'z' && bytes.HasPrefix(text[i-2:], []byte("AIza")) && run(text[i+2:]) >= 30
}
