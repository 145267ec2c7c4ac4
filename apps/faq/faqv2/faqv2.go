// Package faqv2 is version 2 of the FAQ service, answered by the app faq. Since version 1 an entry has related entries,
// results say which words matched, and the staff's steps from draft to published are endpoints.
package faqv2

import (
	"net/http"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Service is answered at FAQ_API.
var Service = spinoff.Service{Name: "faq", Version: 2}

var (
	// Create files a question with the ticket it came from, as a draft. The same question with the same source again, or one
	// that a published entry answers already, makes no second entry. Related entries that do not exist are kept and shown as pending.
	// It fails with [ErrInvalid].
	Create = spinoff.Endpoint[NewQuestion, Question]{Service: Service, Route: "POST /create"}
	// Get finds an entry by its number or its slug; a slug that was renamed finds it too. It fails with [ErrNotFound].
	Get = spinoff.Endpoint[EntryID, Entry]{Service: Service, Route: "GET /entries/{id}", Errors: []*spinoff.Error{ErrNotFound}}
	// List lists entries, newest change first or most read first.
	List = spinoff.Endpoint[Filter, Entries]{Service: Service, Route: "GET /entries", Name: "list"}
	// Search finds published entries, best first, and logs the search. No text is an error: one without a word finds nothing.
	Search = spinoff.Endpoint[Query, Results]{Service: Service, Route: "GET /search"}
	// Click says which result of a search was opened.
	Click = spinoff.Endpoint[NewClick, struct{}]{Service: Service, Route: "POST /searches/{log_id}/click"}
	// Vote says whether an entry helped. A second vote of the same person on the same text replaces the first. It fails with [ErrNotFound].
	Vote = spinoff.Endpoint[NewVote, struct{}]{Service: Service, Route: "POST /entries/{id}/votes", Errors: []*spinoff.Error{ErrNotFound}}
	// Update writes a new revision. It fails with [ErrNotFound], and with [ErrStale] when the entry has changed since the revision in If-Match.
	Update = spinoff.Endpoint[Edit, Entry]{Service: Service, Route: "PUT /entries/{id}", Errors: []*spinoff.Error{ErrNotFound, ErrStale}}
	// Submit takes a draft to review. Like the other steps it fails with [ErrNotFound], with [ErrState] where the entry is in another state, and
	// with [ErrStale] when it has changed since the version in If-Match.
	Submit = step("submit")
	// Reject takes an entry from review back to draft.
	Reject = step("reject")
	// Publish takes an entry from draft or review to published: it is found from then on.
	Publish = step("publish")
	// Archive takes an entry out of the search; it stays readable under its address for the staff.
	Archive = step("archive")
)

func step(name string) spinoff.Endpoint[Step, Entry] {
	return spinoff.Endpoint[Step, Entry]{
		Service: Service, Route: "POST /entries/{id}/" + name, Errors: []*spinoff.Error{ErrNotFound, ErrState, ErrStale},
	}
}

var (
	// ErrInvalid means that the request breaks the contract; its fields say where.
	ErrInvalid = spinoff.ErrInvalid
	// ErrNotFound means that there is no entry with this number or slug.
	ErrNotFound = &spinoff.Error{Code: "faq.not_found", Status: http.StatusNotFound, Title: "there is no such FAQ entry"}
	// ErrStale means that somebody else has changed the entry meanwhile.
	ErrStale = &spinoff.Error{Code: "faq.stale", Status: http.StatusPreconditionFailed, Title: "the FAQ entry has changed meanwhile"}
	// ErrState means that the step is not possible from the state that the entry is in.
	ErrState = &spinoff.Error{Code: "faq.state", Status: http.StatusConflict, Title: "the FAQ entry is in another state"}
)

// Status is where an entry stands.
type Status string

// The states of an entry.
const (
	Draft     Status = "draft"
	Review    Status = "review"
	Published Status = "published"
	Archived  Status = "archived"
)

// NewQuestion is a question that somebody asked.
type NewQuestion struct {
	Question string   `json:"question" spinoff:"min=2,max=300"`
	Source   int64    `json:"source" spinoff:"min=1"` // number of the ticket that the question came from
	Answer   string   `json:"answer,omitempty" spinoff:"max=20000"`
	Tags     []string `json:"tags,omitempty" spinoff:"max=20"`
	Related  []int64  `json:"related,omitempty" spinoff:"max=100"` // entries that belong beside it; since version 2
}

// Question is what became of a [NewQuestion].
type Question struct {
	ID             int64     `json:"id"`
	Question       string    `json:"question"`
	Source         int64     `json:"source"`
	Status         Status    `json:"status" spinoff:"open=draft|review|published|archived"`
	URL            string    `json:"url"` // page of the entry for the staff
	CreatedAt      time.Time `json:"created_at"`
	DuplicateOf    int64     `json:"duplicate_of,omitempty"`    // the published entry that answers it already
	Related        []int64   `json:"related,omitempty"`         // entries that exist
	RelatedPending []int64   `json:"related_pending,omitempty"` // numbers of entries that do not exist yet

	HTTPStatus int    `json:"-" spinoff:"status=201|200"` // 200: there was such an entry already
	ETag       string `json:"-" spinoff:"header=ETag"`    // of the entry
}

// EntryID names an entry: by its number, or by its slug.
type EntryID struct {
	ID string `json:"id"`
}

// Entry is a question with its answer.
type Entry struct {
	ID          int64     `json:"id"`
	Slug        string    `json:"slug"`
	Status      Status    `json:"status" spinoff:"open=draft|review|published|archived"`
	Title       string    `json:"title"`
	Questions   []string  `json:"questions"` // other ways to ask the same
	Answer      string    `json:"answer"`    // Markdown
	Tags        []string  `json:"tags"`
	Related     []Link    `json:"related"`
	Sources     []int64   `json:"sources"` // numbers of the tickets that asked it
	Views       int64     `json:"views"`
	Helpful     int64     `json:"helpful"`
	Unhelpful   int64     `json:"unhelpful"`
	Revision    int64     `json:"revision"`
	Author      string    `json:"author"`                // e-mail address of who wrote the revision; "" for a program
	PublishedAt time.Time `json:"published_at,omitzero"` // zero while it has never been published
	UpdatedAt   time.Time `json:"updated_at"`
	ETag        string    `json:"-" spinoff:"header=ETag"` // changes with every change; If-Match passes over those of views, votes, sources and related entries
}

// Link names another entry.
type Link struct {
	ID     int64  `json:"id"`
	Slug   string `json:"slug"`
	Title  string `json:"title"`
	Status Status `json:"status" spinoff:"open=draft|review|published|archived"`
}

// Filter selects entries. The zero value selects all.
type Filter struct {
	Status Status `json:"status,omitempty" spinoff:"oneof=draft|review|published|archived"`
	Tag    string `json:"tag,omitempty"`
	Source int64  `json:"source,omitempty"` // number of a ticket
	Sort   string `json:"sort,omitempty" spinoff:"oneof=updated|views"`
	After  string `json:"after,omitempty"` // Next of the page before
	Limit  int64  `json:"limit,omitempty" spinoff:"min=1,max=100"`
}

// Entries is one page of a list.
type Entries struct {
	Items []Summary `json:"items"`
	Next  string    `json:"next,omitempty"` // for After; empty on the last page
}

// Summary is an entry in a list.
type Summary struct {
	ID        int64     `json:"id"`
	Slug      string    `json:"slug"`
	Status    Status    `json:"status" spinoff:"open=draft|review|published|archived"`
	Title     string    `json:"title"`
	Tags      []string  `json:"tags"`
	Sources   int64     `json:"sources"` // how many tickets asked it
	Views     int64     `json:"views"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Query is what somebody looks for.
type Query struct {
	Q       string `json:"q"`
	Limit   int64  `json:"limit,omitempty" spinoff:"min=1,max=100"` // Default: 10
	Session string `json:"session,omitempty" spinoff:"max=100"`     // searches of one session that grow by typing count as one
	Prefix  bool   `json:"prefix,omitempty"`                        // whether the last word may be unfinished, as while somebody types
	From    string `json:"from,omitempty" spinoff:"max=50"`         // where it was asked: "help", "contact", "desk"
}

// Results are the entries that match a [Query].
type Results struct {
	Items []Result `json:"items"`
	LogID int64    `json:"log_id"` // for Click
}

// Result is one of them.
type Result struct {
	ID      int64   `json:"id"`
	Slug    string  `json:"slug"`
	Title   []Piece `json:"title"`
	Snippet []Piece `json:"snippet"`
	Score   float64 `json:"score"` // greater is better; comparable within one answer only
}

// Piece is a part of a text; Hit says that it matched.
type Piece struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// NewClick names the entry that was opened from the results of a search.
type NewClick struct {
	LogID int64 `json:"log_id"`
	Entry int64 `json:"entry" spinoff:"min=1"`
}

// NewVote is one person's opinion.
type NewVote struct {
	ID      string `json:"id"`
	Up      bool   `json:"up"`
	Anon    string `json:"anon" spinoff:"min=1,max=100"` // names the person without saying who it is
	Reason  string `json:"reason,omitempty" spinoff:"oneof=wrong|unclear|outdated|other"`
	Comment string `json:"comment,omitempty" spinoff:"max=2000"`
}

// Edit is a new revision of an entry.
type Edit struct {
	ID        string   `json:"id"`
	Title     string   `json:"title" spinoff:"min=2,max=300"`
	Questions []string `json:"questions,omitempty" spinoff:"max=50"`
	Answer    string   `json:"answer" spinoff:"max=100000"`
	Tags      []string `json:"tags,omitempty" spinoff:"max=20"`
	Related   []int64  `json:"related,omitempty" spinoff:"max=100"`
	Note      string   `json:"note,omitempty" spinoff:"max=300"` // why it was changed
	IfMatch   string   `json:"-" spinoff:"header=If-Match"`      // ETag of what was edited; without it the change is made in any case
}

// Step names the entry that takes a step.
type Step struct {
	ID   string `json:"id"`
	Note string `json:"note,omitempty" spinoff:"max=2000"` // for the author, such as why it was rejected

	IfMatch string `json:"-" spinoff:"header=If-Match"` // ETag of what was seen; without it the step is taken in any case
}
