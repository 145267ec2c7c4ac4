// Package faqv1 is version 1 of the FAQ service, answered by the app faq.
// It knows no related entries; version 2 does. Both stay valid.
package faqv1

import (
	"net/http"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Service is answered at FAQ_API.
var Service = spinoff.Service{Name: "faq", Version: 1}

var (
	// Create files a question with the ticket it came from, as a draft. The same question with the same source again, or one
	// that a published entry answers already, makes no second entry. It fails with [ErrInvalid].
	Create = spinoff.Endpoint[NewQuestion, Question]{Service: Service, Route: "POST /create"}
	// Get finds an entry by its number or its slug. It fails with [ErrNotFound].
	Get = spinoff.Endpoint[EntryID, Entry]{Service: Service, Route: "GET /entries/{id}", Errors: []*spinoff.Error{ErrNotFound}}
	// Search finds published entries, best first. No text is an error: one without a word finds nothing.
	Search = spinoff.Endpoint[Query, Results]{Service: Service, Route: "GET /search"}
	// Vote says whether an entry helped. A second vote of the same person on the same text replaces the first. It fails with [ErrNotFound].
	Vote = spinoff.Endpoint[NewVote, struct{}]{Service: Service, Route: "POST /entries/{id}/votes", Errors: []*spinoff.Error{ErrNotFound}}
)

var (
	// ErrInvalid means that the request breaks the contract; its fields say where.
	ErrInvalid = spinoff.ErrInvalid
	// ErrNotFound means that there is no entry with this number or slug.
	ErrNotFound = &spinoff.Error{Code: "faq.not_found", Status: http.StatusNotFound, Title: "there is no such FAQ entry"}
)

// NewQuestion is a question that somebody asked.
type NewQuestion struct {
	Question string   `json:"question" spinoff:"min=2,max=300"`
	Source   int64    `json:"source" spinoff:"min=1"` // number of the ticket that the question came from
	Answer   string   `json:"answer,omitempty" spinoff:"max=20000"`
	Tags     []string `json:"tags,omitempty" spinoff:"max=20"`
}

// Question is what became of a [NewQuestion].
type Question struct {
	ID          int64     `json:"id"`
	Question    string    `json:"question"`
	Source      int64     `json:"source"`
	Status      string    `json:"status" spinoff:"open=draft|review|published|archived"`
	URL         string    `json:"url"` // page of the entry for the staff
	CreatedAt   time.Time `json:"created_at"`
	DuplicateOf int64     `json:"duplicate_of,omitempty"` // the published entry that answers it already

	HTTPStatus int    `json:"-" spinoff:"status=201|200"` // 200: there was such an entry already
	ETag       string `json:"-" spinoff:"header=ETag"`    // of the entry
}

// EntryID names an entry: by its number, or by its slug.
type EntryID struct {
	ID string `json:"id"`
}

// Entry is a question with its answer.
type Entry struct {
	ID        int64     `json:"id"`
	Slug      string    `json:"slug"`
	Status    string    `json:"status" spinoff:"open=draft|review|published|archived"`
	Title     string    `json:"title"`
	Questions []string  `json:"questions"` // other ways to ask the same
	Answer    string    `json:"answer"`    // Markdown
	Tags      []string  `json:"tags"`
	Sources   []int64   `json:"sources"` // numbers of the tickets that asked it
	UpdatedAt time.Time `json:"updated_at"`
	ETag      string    `json:"-" spinoff:"header=ETag"`
}

// Query is what somebody looks for.
type Query struct {
	Q     string `json:"q"`
	Limit int64  `json:"limit,omitempty" spinoff:"min=1,max=100"` // Default: 10
}

// Results are the entries that match a [Query].
type Results struct {
	Items []Result `json:"items"`
}

// Result is one of them.
type Result struct {
	ID      int64  `json:"id"`
	Slug    string `json:"slug"`
	Title   string `json:"title"`
	Snippet string `json:"snippet"` // plain text
}

// NewVote is one person's opinion.
type NewVote struct {
	ID      string `json:"id"`
	Up      bool   `json:"up"`
	Anon    string `json:"anon" spinoff:"min=1,max=100"` // names the person without saying who it is
	Comment string `json:"comment,omitempty" spinoff:"max=2000"`
}
