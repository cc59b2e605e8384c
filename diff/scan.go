package diff

import "github.com/seachange/seachange/schema/canonical"

// The functions of this file read canonical JSON: valid, and without spaces.

// lookup returns the member of the object b with this plain name, nil without one.
func lookup(b []byte, name string) []byte {
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	for n, v := range canonical.Members(b) {
		if string(n[1:len(n)-1]) == name {
			return v
		}
	}
	return nil
}

// find follows member names from the object b.
func find(b []byte, steps []string) []byte {
	for _, s := range steps {
		b = lookup(b, s)
	}
	return b
}

// empty reports whether a value is what DigitalOcean gives where it gives nothing.
func empty(v []byte) bool {
	switch string(v) {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}
