package faqv1

import "github.com/spinoff-go/spinoff"

// EntryPublished tells that an entry is found by readers from now on. The subject of the event is the number of the entry.
var EntryPublished = spinoff.Topic[PublishedEntry]{Service: Service, Name: "entry.published"}

// PublishedEntry is an entry when it was published. Version 2 also says which tickets asked it.
type PublishedEntry struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	URL   string `json:"url"` // page for readers
}
