// Package samplev1 is a contract of everything that a contract can have, for the tests.
//
// Nobody answers it.
package samplev1

import (
	"net/http"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Service is answered by nobody.
var Service = spinoff.Service{Name: "sample", Version: 1}

var (
	// Order places an order. It fails with [ErrSoldOut].
	//
	// The second paragraph says more.
	Order = spinoff.Endpoint[NewOrder, Placed]{
		Service: Service, Route: "POST /customers/{customer}/orders", Name: "order", Timeout: 3 * time.Second, MaxBody: 1 << 16,
		Errors: []*spinoff.Error{ErrSoldOut, ErrClosed},
	}
	// Find finds orders.
	Find = spinoff.Endpoint[Filter, Orders]{Service: Service, Route: "GET /orders"}
	// Old is Find, as it was.
	Old = spinoff.Endpoint[OldFilter, Orders]{
		Service: Service, Route: "GET /old",
		Deprecated: &spinoff.Deprecation{On: "2026-11-01", Sunset: "2027-05-01", Successor: "sample.v1.orders"},
	}
	// Drop forgets an order.
	Drop = drop("DELETE")
	// Touch does nothing.
	Touch = spinoff.Endpoint[struct{}, struct{}]{Service: Service, Route: "POST /touch"}
)

func drop(method string) spinoff.Endpoint[OrderID, struct{}] {
	return spinoff.Endpoint[OrderID, struct{}]{Service: Service, Route: method + " /orders/{id}", Name: "drop"}
}

var (
	// ErrSoldOut means that there is nothing left.
	ErrSoldOut = &spinoff.Error{Code: "sample.sold_out", Status: http.StatusConflict, Title: "it is sold out"}
	// ErrClosed means that the shop is closed.
	ErrClosed = &spinoff.Error{Code: "sample.closed", Status: http.StatusConflict, Title: "the shop is closed"}
)

// OrderPlaced tells that somebody has ordered.
var OrderPlaced = spinoff.Topic[PlacedOrder]{Service: Service, Name: "order.placed"}

// Colour is an enum.
type Colour string

// NewOrder is a request of every sort.
type NewOrder struct {
	Customer int64  `json:"customer" spinoff:"min=1"` // who orders
	IfMatch  string `json:"-" spinoff:"header=If-Match"`

	Title    string             `json:"title" spinoff:"min=1,max=10"` // Title of the order
	Colour   Colour             `json:"colour" spinoff:"oneof=red|green"`
	Second   *Colour            `json:"second" spinoff:"oneof=red|green"`
	Wish     Colour             `json:"wish,omitempty" spinoff:"open=red|green"`
	Count    int32              `json:"count" spinoff:"min=-3,max=30,multipleof=3"`
	Small    int8               `json:"small,omitempty" spinoff:"min=2"`
	Level    uint16             `json:"level,omitempty" spinoff:"multipleof=10"`
	Weight   float64            `json:"weight,omitempty" spinoff:"min=0.5,max=1e3"`
	Part     float32            `json:"part"`
	Code     string             `json:"code,omitempty" spinoff:"pattern=^[A-Z]\\d{2,3}(?:-\\w+)?.$"`
	Mail     string             `json:"mail,omitempty" spinoff:"format=email,max=50"`
	Page     *string            `json:"page" spinoff:"format=uri"`
	Key      string             `json:"key,omitempty" spinoff:"format=uuid"`
	Blob     []byte             `json:"blob" spinoff:"min=1,max=6"`
	More     *[]byte            `json:"more"`
	When     time.Time          `json:"when"`
	Until    *time.Time         `json:"until"`
	Tags     []string           `json:"tags" spinoff:"min=1,max=3,unique"`
	Numbers  []int64            `json:"numbers,omitempty" spinoff:"unique"`
	Sizes    []*uint8           `json:"sizes,omitempty"`
	Notes    map[string]string  `json:"notes,omitempty" spinoff:"min=1,max=2"`
	Prices   map[string]*Money  `json:"prices,omitempty"`
	Lists    map[string][]int64 `json:"lists"`
	Gift     bool               `json:"gift"`
	Payment  Payment            `json:"payment"`
	Fallback *Payment           `json:"fallback"`
	Spare    Payment            `json:"spare,omitzero"`
	Address  Address            `json:"address,omitzero"`
	Parts    []NewPart          `json:"parts,omitempty"`
	Tree     *Node              `json:"tree"`
	Nothing  struct{}           `json:"nothing,omitzero"`

	Description string `json:"description,omitempty"` // a field with the name of a word of JSON Schema
	Properties  struct {
		Required bool `json:"required"`
	} `json:"properties,omitzero"`
}

// Payment is one of three ways to pay.
type Payment struct {
	_ struct{} `spinoff:"one"`

	Card *Card   `json:"card"`
	Cash *Money  `json:"cash"`
	Code *string `json:"code"`
}

// Card is a credit card.
type Card struct {
	Number string `json:"number" spinoff:"pattern=^[0-9]{4}$"`
}

// Money is an amount.
type Money struct {
	Cents    int64  `json:"cents"`
	Currency string `json:"currency,omitempty" spinoff:"min=3,max=3"`
}

// Address is where to send it.
type Address struct {
	Street string   `json:"street" spinoff:"min=1"`
	Lines  []string `json:"lines,omitempty"`
}

// NewPart is a part.
type NewPart struct {
	Name string `json:"name"`
	Rank int64  `json:"rank,omitempty" spinoff:"min=1"`
}

// Node refers to itself.
type Node struct {
	Name     string           `json:"name"`
	Children []Node           `json:"children,omitempty" spinoff:"max=2"`
	ByName   map[string]*Node `json:"by_name,omitempty"`
}

// Placed is an answer of every sort.
type Placed struct {
	ID       int64                 `json:"id" spinoff:"min=0"`
	UUID     string                `json:"uuid,omitempty" spinoff:"format=uuid"`
	Colour   Colour                `json:"colour" spinoff:"open=red|green"`
	State    string                `json:"state,omitempty" spinoff:"oneof=new|old"`
	Share    float64               `json:"share" spinoff:"max=1"`
	Third    float32               `json:"third,omitempty"`
	Level    uint64                `json:"level"`
	Tiny     int8                  `json:"tiny"`
	Names    []string              `json:"names" spinoff:"max=3"`
	Maybe    []*string             `json:"maybe"`
	Lines    []Line                `json:"lines"`
	Pointers []*Line               `json:"pointers,omitempty"`
	ByName   map[string]Line       `json:"by_name"`
	Deep     map[string][]*Line    `json:"deep,omitempty"`
	Times    map[string]time.Time  `json:"times"`
	At       time.Time             `json:"at"`
	Until    time.Time             `json:"until,omitzero"`
	Blob     []byte                `json:"blob"`
	First    *Line                 `json:"first"`
	Count    *int64                `json:"count" spinoff:"min=1"`
	Paid     *Receipt              `json:"paid"`
	Refund   Receipt               `json:"refund,omitzero"`
	Others   []Receipt             `json:"others"`
	Inline   struct{ A, B string } `json:"inline"`
	Next     *Placed               `json:"next"`

	HTTPStatus int    `json:"-" spinoff:"status=201|202"`
	ETag       string `json:"-" spinoff:"header=ETag"`
	Left       int64  `json:"-" spinoff:"header=X-Left"`
}

// Line is one line.
type Line struct {
	Text  string `json:"text"`
	Count int64  `json:"count,omitempty" spinoff:"min=1"`
}

// Receipt is one of two.
type Receipt struct {
	_ struct{} `spinoff:"one"`

	Paper *Line   `json:"paper"`
	Mail  *string `json:"mail"`
}

// Filter selects orders.
type Filter struct {
	Q       string    `json:"q" spinoff:"max=20"`
	Limit   int64     `json:"limit,omitempty" spinoff:"min=1,max=100"`
	Colours []Colour  `json:"colours" spinoff:"max=2"`
	Since   time.Time `json:"since,omitzero"`
	Open    bool      `json:"open"`
	Most    *uint8    `json:"most"`
}

// OldFilter selected orders.
type OldFilter struct {
	Q string `json:"q"`
}

// Orders are orders.
type Orders struct {
	Items []Line `json:"items"`
	ETag  string `json:"-" spinoff:"header=ETag"`
}

// OrderID names an order.
type OrderID struct {
	ID string `json:"id" spinoff:"max=20"`
}

// PlacedOrder is an order in an event.
type PlacedOrder struct {
	ID    int64    `json:"id"`
	Tags  []string `json:"tags"`
	First *Line    `json:"first"`
}
