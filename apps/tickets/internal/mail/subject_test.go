package mail_test

import (
	"testing"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
)

func TestSubject(t *testing.T) {
	for _, c := range []struct {
		subject, normal string
		number          int64
	}{
		{"Printer on fire", "Printer on fire", 0},
		{"Re: RE:  Fwd: Printer  on fire", "Printer on fire", 0},
		{"AW: WG: Antw: [#1042] Re[2]: Drucker", "Drucker", 1042},
		{"TR : RV: Rif: R: SV: VS: Odp: 回复:Drucker", "Drucker", 0},
		{"Drucker [#7] [#1042]", "Drucker", 1042},
		{"Re: [Ticket #12] [EXTERNAL] x", "x", 12},
		{"Re: ", "", 0},
		{"", "", 0},
		{"Regarding: x", "Regarding: x", 0},
		{"Invoice #33 [33] [#0]", "Invoice #33 [33]", 0},
		{"x [#99999999999999999999]", "x", 0},
	} {
		if got := mail.NormalSubject(c.subject); got != c.normal {
			t.Errorf("NormalSubject(%q) = %q, want %q", c.subject, got, c.normal)
		}
		if got, ok := mail.TicketNumber(c.subject); got != c.number || ok != (c.number > 0) {
			t.Errorf("TicketNumber(%q) = %d, %v, want %d", c.subject, got, ok, c.number)
		}
	}
}
