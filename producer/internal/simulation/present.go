package simulation

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/schema"
)

// differsNow returns how a record's row in the current topic differs from what its events made of it, "" if it doesn't.
// It is called with the lock.
func (j *judge) differsNow(w *world, row *schema.Resource, id string, held []byte) string {
	if !j.sim.current || !row.HasCurrent() {
		return ""
	}
	var now schema.Current
	var want schema.Row
	text := j.present[row.Name+string(schema.Key{AccountID: w.id, ID: id}.Bytes())]
	if json.Unmarshal(text, &now) != nil || json.Unmarshal(held, &want) != nil || now.LSN == 0 ||
		!strings.HasPrefix(string(text), strings.TrimSuffix(string(held), "}")) {
		return fmt.Sprintf("%s: %s %s is held as %s, and is there now as %s", w.id, row.Name, id, held, text)
	}
	return ""
}

// left returns a record that a current topic has and the events don't, "" if there is none. It is called with the lock.
func (j *judge) left(w *world, row *schema.Resource, held map[string][]byte) string {
	for key, value := range j.present {
		text, ok := strings.CutPrefix(key, row.Name)
		if !ok || value == nil || !strings.HasPrefix(text, "{") { // of another resource, whose name begins so
			continue
		}
		k, err := schema.ParseKey([]byte(text))
		if err == nil && k.AccountID == w.id && held[k.ID] == nil {
			return fmt.Sprintf("%s: %s %s is not held, and is there now as %s", w.id, row.Name, k.ID, value)
		}
	}
	return ""
}
