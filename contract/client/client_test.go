package client_test

import (
	"os"
	"testing"

	"github.com/spinoff-go/spinoff/contract/client"
)

func TestTry(t *testing.T) {
	document, err := os.ReadFile("../../apps/faq/faqv2/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	os.MkdirAll("/tmp/gen/faqv2", 0o755)
	for _, l := range client.Languages() {
		f, err := client.Generate(document, l)
		if err != nil {
			t.Error(err)
		}
		os.WriteFile("/tmp/gen/faqv2/"+f.Name, f.Text, 0o644)
	}
}
