package secret

import "strings"

// Redact takes secrets out of a text that others wrote, a message or a header: the words that look like one, or all of
// it where that isn't enough.
func Redact(text string) string {
	if !String(text) {
		return text
	}
	words := strings.SplitAfter(text, " ")
	for i, word := range words {
		if bare := strings.TrimRight(word, " "); String(bare) {
			words[i] = "***" + word[len(bare):]
		}
	}
	if text = strings.Join(words, ""); String(text) {
		return "***"
	}
	return text
}
