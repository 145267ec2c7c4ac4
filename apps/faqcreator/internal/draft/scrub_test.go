package draft_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/draft"
)

func TestScrub(t *testing.T) {
	tests := []struct{ text, want string }{
		{"Write to anna.o'neil+shop@mail.example.co.uk.", "Write to [e-mail address]."},
		{"<jürgen@müller.example>", "<[e-mail address]>"},
		{"mailto:bob@example.com", "mailto:[e-mail address]"},
		{"a@example.com,b@example.com", "[e-mail address],[e-mail address]"},

		{"Call +49 30 901820 today", "Call [phone number] today"},
		{"Call +1 (555) 010-9999.", "Call [phone number]."},
		{"+442079460958", "[phone number]"},
		{"0049 171 1234567", "[phone number]"},
		{"Tel.: 030/901820", "Tel.: [phone number]"},
		{"0171-1234567 oder 030 90 18 20 0", "[phone number] oder [phone number]"},
		{"06 12 34 56 78", "[phone number]"},
		{"06.12.34.56.78", "[phone number]"},
		{"(555) 010-9999", "[phone number]"},
		{"555-010-9999", "[phone number]"},
		{"Teléfono: 612 345 678", "Teléfono: [phone number]"},
		{"Please ring 7946 0958", "Please ring [phone number]"},

		{"4111 1111 1111 1111", "[card number]"},
		{"card 4111111111111111, exp 12/27", "card [card number], exp 12/27"},
		{"5500-0000-0000-0004", "[card number]"},
		{"3782 822463 10005", "[card number]"},
		{"IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF370", "IBAN [bank account] BIC COBADEFF370"},
		{"GB29NWBK60161331926819", "[bank account]"},
		{"gb29 nwbk 6016 1331 9268 19", "[bank account]"},
		{"NL91ABNA0417164300.", "[bank account]."},

		{"Your order 100234 is on its way", "Your order [reference number] is on its way"},
		{"order no. AB-2024-0815", "order no. [reference number]"},
		{"order #4711 and invoice INV-2024-00123", "order #[reference number] and invoice [reference number]"},
		{"Kundennummer: 12345678", "Kundennummer: [reference number]"},
		{"Bestellung Nr. 998877", "Bestellung Nr. [reference number]"},
		{"commande n° 445566", "commande n° [reference number]"},
		{"pedido 445566", "pedido [reference number]"},
		{"123-1234567-1234567", "[reference number]"},
		{"ORD-00042 shipped", "ORD-[reference number] shipped"},
		{"1Z999AA10123456784", "[reference number]"},
		{"It is 9876543210 then", "It is [reference number] then"},

		{"https://user:pass@example.com/x", "[private link]"},
		{"See https://example.com/reset?token=abc123.", "See [private link]"},
		{"https://example.com/u?email=bob%40example.com", "[private link]"},
		{"https://example.com/invite/4f50f20e160839c95a000bb3", "[private link]"},
		{"https://x.example/#access_token=abcdef", "[private link]"},
		{"http://203.0.113.7:8080/admin", "[private link]"},
		{"example.com/login?session=12", "[private link]"},

		{"from 203.0.113.7 at noon", "from [IP address] at noon"},
		{"192.168.1.10:8080", "[IP address]:8080"},
		{"2001:db8::8a2e:370:7334", "[IP address]"},

		{"key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "key [secret]"},
		{"AKIAIOSFODNN7EXAMPLE", "[secret]"},
		{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP", "[secret]"},
		{"password: hunter2!", "password: [secret]"},
		{"Ihr Passwort lautet Xy7Zq9pp", "Ihr Passwort lautet [secret]"},
		{"hash 9f86d081884c7d659a2feaa0c55ad015", "hash [secret]"},
		{"licence ABCD1-2EFGH-3IJKL-4MNOP", "licence [secret]"},
		{"api_key=Zx81kQp0aB", "api_key=[secret]"},
	}
	for _, tt := range tests {
		got, found := draft.Scrub(tt.text)
		if got != tt.want {
			t.Errorf("Scrub(%q)\n got %q\nwant %q", tt.text, got, tt.want)
		}
		if len(found) == 0 {
			t.Errorf("Scrub(%q) reports no findings", tt.text)
		}
	}
}

func TestScrubLeaves(t *testing.T) {
	texts := []string{
		"version 1.2.3", "Version 10.0.0.1 of the driver", "v2.14", "Windows 10.0.19045.3803", "Go 1.26.8",
		"14 days", "within 14-21 days", "24/7", "1-2 weeks", "30 000 users", "10000000 rows", "1073741824 bytes", "1500 MB of 16384 MB",
		"€ 1,999.00", "1.999,00 €", "$1999", "USD 1,234,567.89", "12 345 678,90 EUR", "1 234 567 890 131",
		"0x80070005", "error 2147942405", "Fehler 0x8007000E", "error code -2147024891", "HTTP 404", "status 503", "KB5034441", "CVE-2024-12345", "RFC 5322", "ISO 8601",
		"2024-05-06", "06.05.2024", "5/6/2024", "2024-05-06T14:30:00Z", "2024-05-06 14:30", "20240506", "14:30:05", "2019-2024", "May 6, 2024 at 14:30",
		"0.5", "0.123456789", "3.14159265358979", "50 %", "1920x1080", "port 8080", "localhost:8080", "127.0.0.1", "255.255.255.0", "::1", "std::vector",
		"https://example.com/help/articles/360012345678-reset-your-password", "https://example.com/search?q=reset&page=2", "www.example.com",
		"https://en.wikipedia.org/wiki/List_of_hop_varieties#Citra", "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
		"The password is required", "Password: must have 8 characters", "The token is expired", "Reset your password", "order in 2024", "order 3 of them", "Call us on Monday", "issue #1234",
		"/usr/local/lib/python3/dist-packages", "max_connections_per_server", "getElementsByTagNameNS", "Settings > Account > Security", "@spinoff", "#hashtag",
		"Donaudampfschifffahrtsgesellschaft", "café ☕ 日本語",
	}
	for _, text := range texts {
		if got, found := draft.Scrub(text); got != text || found != nil {
			t.Errorf("Scrub(%q) = %q, %v, want it left as it is", text, got, found)
		}
	}
}

func TestScrubCounts(t *testing.T) {
	_, got := draft.Scrub("a@example.com, b@example.com, +49 30 901820")
	want := []draft.Finding{{Kind: draft.Email, Count: 2}, {Kind: draft.Phone, Count: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings of Scrub (-want +got):\n%s", diff)
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("a@example.com +49 30 901820 4111 1111 1111 1111 https://u:p@x.example 203.0.113.7")
	f.Add("[e-mail address][phone number] order [reference number] password: [secret]")
	f.Add("::1::2:a::b:+1+2(3)4-5/6.7 8")
	f.Fuzz(func(t *testing.T, text string) {
		once, found := draft.Scrub(text)
		if !utf8.ValidString(once) {
			t.Errorf("Scrub(%q) = %q, want valid UTF-8", text, once)
		}
		if len(found) == 0 && once != strings.ToValidUTF8(text, "\uFFFD") {
			t.Errorf("Scrub(%q) = %q without a finding", text, once)
		}
		if twice, again := draft.Scrub(once); twice != once || again != nil {
			t.Errorf("Scrub(Scrub(%q))\n got %q, %v\nwant %q", text, twice, again, once)
		}
	})
}
