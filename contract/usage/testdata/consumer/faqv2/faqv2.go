// Package faqv2 is a contract.
package faqv2

import "github.com/spinoff-go/spinoff"

// Service is version 2 of the FAQ.
var Service = spinoff.Service{Name: "faq", Version: 2}

// The endpoints.
var (
	Create = spinoff.Endpoint[NewQuestion, Question]{Service: Service, Route: "POST /create"}
	Get    = spinoff.Endpoint[EntryID, Entry]{Service: Service, Route: "GET /entries/{id}"}
	Search = spinoff.Endpoint[Query, Results]{Service: Service, Route: "GET /search"}
	Vote   = spinoff.Endpoint[EntryID, struct{}]{Service: spinoff.Service{Name: "faq", Version: 2}, Route: "POST /entries/{id}/votes", Name: "vote"}
	Unused = spinoff.Endpoint[EntryID, Entry]{Service: Service, Route: "GET /unused/{id}"}
)

// What goes in and comes out.
type (
	NewQuestion struct {
		Question string   `json:"question"`
		Source   int64    `json:"source"`
		Answer   string   `json:"answer,omitempty"`
		Tags     []string `json:"tags,omitempty"`
	}
	Question struct {
		ID    string `json:"id"`
		URL   string `json:"url"`
		Title string `json:"title"`
		Parts []Part `json:"parts"`
	}
	Part struct {
		Kind string `json:"kind"`
		Text string `json:"text"`
	}
	EntryID struct {
		ID string `json:"id"`
	}
	Entry struct {
		Title string `json:"title"`
	}
	Query struct {
		Q     string `json:"q,omitempty"`
		Limit int64  `json:"limit,omitempty"`
	}
	Results struct {
		Items []Part `json:"items"`
	}
)
