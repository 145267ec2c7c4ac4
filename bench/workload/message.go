// Package workload is what all ways are measured with: two messages, and a server and a client of them as one writes them without a framework.
package workload

import (
	"context"
	"fmt"
	"strings"
	"time"
)

type (
	// Small is a small message.
	Small struct {
		Question string  `json:"question" spinoff:"min=1,max=300"`
		Source   int64   `json:"source" spinoff:"min=1"`
		Related  []int64 `json:"related,omitempty"`
	}
	// SmallAnswer answers it.
	SmallAnswer struct {
		ID       int64  `json:"id"`
		Question string `json:"question"`
		Status   string `json:"status"`
	}
	// Big is a message of about 3 kB.
	Big struct {
		Title string            `json:"title" spinoff:"min=1,max=300"`
		Text  string            `json:"text" spinoff:"max=10000"`
		Tags  []string          `json:"tags" spinoff:"max=50"`
		Lines []Line            `json:"lines"`
		Extra map[string]string `json:"extra"`
		At    time.Time         `json:"at"`
	}
	// Line is a part of it.
	Line struct {
		Name  string `json:"name"`
		Price int64  `json:"price"`
		Note  string `json:"note"`
	}
	// BigAnswer answers it with the same.
	BigAnswer struct {
		ID  int64   `json:"id"`
		Big BigBack `json:"big"`
	}
	// BigBack is a Big that comes back, where nothing is required.
	BigBack struct {
		Title string            `json:"title"`
		Text  string            `json:"text"`
		Tags  []string          `json:"tags"`
		Lines []Line            `json:"lines"`
		Extra map[string]string `json:"extra"`
		At    time.Time         `json:"at"`
	}
)

// AnswerSmall answers a [Small].
func AnswerSmall(_ context.Context, in Small) (SmallAnswer, error) {
	return SmallAnswer{ID: in.Source, Question: in.Question, Status: "draft"}, nil
}

// AnswerBig answers a [Big] with the same.
func AnswerBig(_ context.Context, in Big) (BigAnswer, error) {
	return BigAnswer{ID: 1, Big: BigBack(in)}, nil
}

// NewSmall returns a small message.
func NewSmall() Small {
	return Small{Question: "How do I reset my light?", Source: 123, Related: []int64{456, 789}}
}

// NewBig returns one of about 3 kB.
func NewBig() Big {
	b := Big{
		Title: "A message of about three kilobytes", Text: strings.Repeat("Lorem ipsum dolor sit amet. ", 40),
		Tags: []string{"one", "two", "three"}, Extra: map[string]string{"colour": "red", "size": "xl"}, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	for i := range 20 {
		b.Lines = append(b.Lines, Line{fmt.Sprintf("position %d", i), int64(i) * 100, "delivered with the rest of the order"})
	}
	return b
}
