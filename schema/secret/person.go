package secret

import (
	"bytes"
	"slices"
	"strings"
)

// Personal reports whether a member's name says that its value is about a person.
func Personal(name string) bool {
	words := split(name)
	all := strings.Join(words, "")
	return slices.Contains(persons, all) || (slices.ContainsFunc(words,
		func(w string) bool { return slices.Contains(contacts, w) }) &&
		!slices.Contains([]string{"verified", "enabled", "id", "uuid", "count", "at"}, words[len(words)-1]))
}

// contacts are words of personal data wherever they stand in a name.
var contacts = []string{
	"email", "emails", "mail", "phone", "mobile", "telephone", "birthday", "passport", "ssn", "iban", "surname",
	"nickname",
}

// persons are whole names of personal data, without their joints.
var persons = []string{
	"fullname", "firstname", "lastname", "givenname", "familyname", "middlename", "realname", "displayname", "username",
	"street", "streetaddress", "postaladdress", "billingaddress", "zipcode", "postalcode", "dateofbirth", "birthdate",
	"taxid", "vatid",
	"creatoremail", "useremail", "triggeredby", "createdbyname",
}

// Mailbox reports whether a text has an address of electronic mail in it. The git of git@host is nobody.
func Mailbox(text []byte) bool {
	for at := bytes.IndexByte(text, '@'); at >= 0 && at < len(text); {
		if isMailbox(text, at) {
			return true
		}
		next := bytes.IndexByte(text[at+1:], '@')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return false
}

func isMailbox(text []byte, at int) bool {
	begin, end := at, at+1
	for begin > 0 && (isWord(text[begin-1]) || strings.IndexByte(".+-%", text[begin-1]) >= 0) {
		begin--
	}
	for end < len(text) && (isWord(text[end]) || text[end] == '-' || text[end] == '.') {
		end++
	}
	host := bytes.TrimRight(text[at+1:end], ".")
	dot := bytes.LastIndexByte(host, '.')
	if begin == at || string(text[begin:at]) == "git" || dot < 1 || len(host)-dot < 3 {
		return false
	}
	return !bytes.ContainsAny(host[dot:], "0123456789_")
}
