package snake_test

import (
	"testing"

	"github.com/spinoff-go/spinoff/internal/snake"
)

func TestCase(t *testing.T) {
	for name, want := range map[string]string{
		"ID": "id", "Name": "name", "TicketID": "ticket_id", "URLPath": "url_path", "CreatedAt": "created_at", "HTTPStatus": "http_status", "A": "a", "": "",
	} {
		if got := snake.Case(name); got != want {
			t.Errorf("Case(%q) = %q, want %q", name, got, want)
		}
	}
}
