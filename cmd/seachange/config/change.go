package config

import (
	"bytes"
	"os"
)

// Changes tells when a configuration file says something else than what was read of it.
type Changes struct {
	name    string
	inForce []byte
	told    []byte // what Changed reported last
	before  []byte // what it saw last
}

// Changes begins with what the file said when it was read.
func (f *File) Changes() *Changes {
	return &Changes{name: f.name, inForce: f.text, told: f.text, before: f.text}
}

// Changed looks at the file, and reports whether it has another text than the one in force, once for each text and no
// sooner than two looks found it the same: an editor may have written half of it. A file that is gone has none.
func (c *Changes) Changed() bool {
	text, _ := os.ReadFile(c.name) // whoever reads the settings then says what is wrong
	settled := bytes.Equal(text, c.before)
	c.before = text
	if !settled || bytes.Equal(text, c.told) {
		return false
	}
	c.told = text
	return !bytes.Equal(text, c.inForce)
}
