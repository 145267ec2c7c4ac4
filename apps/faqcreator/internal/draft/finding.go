package draft

import (
	"cmp"
	"slices"
)

// Kind is a kind of private data, in words that can stand in its place: "[e-mail address]".
type Kind string

// The kinds of data that Scrub takes out.
const (
	Email Kind = "e-mail address"
	Phone Kind = "phone number"
	Card  Kind = "card number"
	IBAN  Kind = "bank account"
	Order Kind = "reference number" // of an order, invoice, customer, parcel …
	Link  Kind = "private link"     // with credentials, a token or an address in it
	IP    Kind = "IP address"
	Key   Kind = "secret" // API keys, licence keys, passwords named as such
	Text  Kind = "private text"
)

func (k Kind) placeholder() string { return "[" + string(k) + "]" }

// Finding says how often a kind of data was taken out. It never holds the data.
type Finding struct {
	Kind  Kind
	Count int
}

// addFindings returns the sum of two lists, ordered by kind.
func addFindings(a, b []Finding) []Finding {
	var sum []Finding
	for _, f := range slices.Concat(a, b) {
		if i := slices.IndexFunc(sum, func(s Finding) bool { return s.Kind == f.Kind }); i >= 0 {
			sum[i].Count += f.Count
			continue
		}
		sum = append(sum, f)
	}
	slices.SortFunc(sum, func(a, b Finding) int { return cmp.Compare(a.Kind, b.Kind) })
	return sum
}
