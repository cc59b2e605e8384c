package state_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/state"
)

func TestRecordEntriesAreReadAsTheyWereWritten(t *testing.T) {
	for _, want := range []state.Record{
		{LSN: 7, TsMS: 1, SeenMS: 2, Fingerprint: 1<<64 - 1, Body: []byte(`{"id":1}`)},
		{LSN: 7, Body: []byte(`{}`)},
		{LSN: 7, Body: []byte(`{"a":{"body":{"body":"}"}},"body":{"a":[{}]}}`)},
		{LSN: 7, SHA256: "abc"},
		{LSN: 7, Body: []byte(`{"a":1}`), SHA256: "abc"},
	} {
		entry := state.EncodeRecord(want)
		if whole := state.Encode(want); want.SHA256 == "" && string(whole) != string(entry) {
			t.Errorf("written as %s, want %s", entry, whole)
		}
		got, err := state.DecodeRecord([]byte("record/team-1/droplets/1"), entry)
		if err != nil {
			t.Errorf("%s: %v", entry, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", entry, d)
		}
	}
	for _, bad := range []string{``, `{`, `{"lsn":}`, `{"lsn":1`, `{"lsn":1,"body":`, `{"lsn":1,"body":}`, `{"lsn":1,"body":{}`, `{"lsn:1,"body":{}}`} {
		if _, err := state.DecodeRecord([]byte("record/team-1/droplets/1"), []byte(bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}
