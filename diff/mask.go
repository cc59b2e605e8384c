package diff

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// plain stands for a masked value where there is no key, and for an empty one.
const plain = `"***"`

const (
	keyedPrefix = `"***:`
	keyedLen    = len(keyedPrefix) + 16 + 1
)

// masked returns what is published in place of a value: with a key its keyed hash, so that consumers see that it
// changed, and 64 bits of it, which is plenty to tell two values apart and gives nothing of them away without the
// key. Stored says that v was published: it may be masked already, and is not masked again.
func (r *Rules) masked(v []byte, stored bool) []byte {
	already := stored && isKeyed(v)
	switch {
	case len(r.key) == 0, empty(v), stored && string(v) == plain:
		return []byte(plain)
	case already:
		return v
	}
	mac := hmac.New(sha256.New, r.key)
	mac.Write(v)
	out := append([]byte(keyedPrefix), hex.EncodeToString(mac.Sum(nil)[:8])...)
	return append(out, '"')
}

// isKeyed reports whether v is a value that was masked with a key.
func isKeyed(v []byte) bool {
	if len(v) != keyedLen || string(v[:len(keyedPrefix)]) != keyedPrefix {
		return false
	}
	_, err := hex.DecodeString(string(v[len(keyedPrefix) : keyedLen-1]))
	return err == nil
}
