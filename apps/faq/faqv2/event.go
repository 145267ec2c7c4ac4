package faqv2

import "github.com/spinoff-go/spinoff"

// The topics of the service. The subject of each event is the number of the entry. Nothing is told of entries that an import or the example brings: they
// are not news.
var (
	// EntryDrafted tells that there is a new draft.
	EntryDrafted = spinoff.Topic[DraftedEntry]{Service: Service, Name: "entry.drafted"}
	// EntryPublished tells that an entry is found by readers from now on. That happens once to an entry.
	EntryPublished = spinoff.Topic[PublishedEntry]{Service: Service, Name: "entry.published"}
	// EntryArchived tells that a published entry is not found any more.
	EntryArchived = spinoff.Topic[ArchivedEntry]{Service: Service, Name: "entry.archived"}
)

// DraftedEntry is a new draft.
type DraftedEntry struct {
	ID     int64  `json:"id"`
	Title  string `json:"title"`
	Source int64  `json:"source,omitempty"` // number of the ticket that asked it; 0 where somebody wrote it at the desk
}

// PublishedEntry is an entry when it was published.
type PublishedEntry struct {
	ID      int64   `json:"id"`
	Title   string  `json:"title"`
	URL     string  `json:"url"`     // page for readers
	Slug    string  `json:"slug"`    // since version 2
	Sources []int64 `json:"sources"` // numbers of the tickets that asked it, in ascending order; since version 2
}

// ArchivedEntry is an entry when it was archived.
type ArchivedEntry struct {
	ID    int64  `json:"id"`
	Slug  string `json:"slug"`
	Title string `json:"title"`
}
