package producer_test

import (
	"testing"

	"github.com/seachange/seachange/producer"
)

func TestOptionsAreChecked(t *testing.T) {
	if _, err := producer.New(producer.Options{Accounts: []producer.Account{{Name: "a"}}}); err == nil {
		t.Error("no log: no error")
	}
	if _, err := producer.New(producer.Options{Log: newFakeLog()}); err == nil {
		t.Error("no account: no error")
	}
}
