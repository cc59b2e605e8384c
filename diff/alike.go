package diff

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// otherLook reports whether two generations of rules mask by other words, looks or documents. Those of before can't be
// had any more, so what they masked can't be told from the paths.
func (r *Rules) otherLook(now *Rules) bool {
	was, is := r.lists, now.lists
	return was.Look != is.Look || was.Person != is.Person || was.Hide != is.Hide
}

// hollowAlike reports whether two bodies are equal for two generations of rules but for what is masked in one of
// them. So a release that masks more, or less, is no change of every record that holds such a value.
func hollowAlike(was, now *Rules, a, b []byte) bool {
	x, err := both(was, now, a, true)
	y, err2 := both(was, now, b, true)
	return err == nil && err2 == nil && alike(decoded(x), decoded(y))
}

func decoded(body []byte) any {
	var v any
	if json.Unmarshal(body, &v, jsontext.AllowInvalidUTF8(true)) != nil {
		return nil
	}
	return v
}

// alike reports whether two values are equal but for what is masked in one of them: of that nothing is known any
// more, so that it is taken for the same.
func alike(a, b any) bool {
	if isMaskedText(a) || isMaskedText(b) {
		return true
	}
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, v := range a {
			if other, ok := b[name]; !ok || !alike(v, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !alike(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return a == b
}

func isMaskedText(v any) bool {
	text, ok := v.(string)
	return ok && (text == "***" || (strings.HasPrefix(text, "***:") && isKeyed([]byte(`"`+text+`"`))))
}
