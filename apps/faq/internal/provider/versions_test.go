package provider

import (
	"testing"

	"github.com/spinoff-go/spinoff/apps/faq/faqv1"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestResults tries what spinofftest.RoundTrip leaves alone: titles and snippets are pieces in version 2, and plain text in version 1.
func TestResults(t *testing.T) {
	spinofftest.Inverse(t, func(old faqv1.Results) (results faqv2.Results) {
		for _, r := range old.Items {
			results.Items = append(results.Items, faqv2.Result{ID: r.ID, Slug: r.Slug, Title: pieces(r.Title), Snippet: pieces(r.Snippet)})
		}
		return results
	}, downResults)
}

// pieces cuts a text into one piece that matched and one that did not.
func pieces(text string) []faqv2.Piece {
	runes := []rune(text)
	return []faqv2.Piece{{Text: string(runes[:len(runes)/2]), Hit: true}, {Text: string(runes[len(runes)/2:])}}
}
