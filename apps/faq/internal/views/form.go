package views

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/page"
)

// maxForm is the most bytes of a form: an answer may have 100,000 characters, and a browser may need nine bytes for one.
const maxForm = 2 << 20

// fill puts what an entry says into the form.
func fill(form *page.Form, edit faqv2.Edit) {
	form.Set("title", edit.Title)
	form.Set("questions", strings.Join(edit.Questions, "\n"))
	form.Set("answer", edit.Answer)
	form.Set("tags", strings.Join(edit.Tags, ", "))
	var numbers []string
	for _, n := range edit.Related {
		numbers = append(numbers, strconv.FormatInt(n, 10))
	}
	form.Set("related", strings.Join(numbers, ", "))
}

// read returns what was typed, and fails the fields that the contract would refuse.
func read(form *page.Form) faqv2.Edit {
	edit := faqv2.Edit{
		Title:     form.Require("title", "Enter the question"),
		Questions: items(form.Get("questions"), "\n"),
		Answer:    form.Get("answer"),
		Tags:      items(form.Get("tags"), ","),
		Note:      form.Get("note"),
	}
	for _, limit := range []struct {
		field     string
		have, max int
		unit      string
	}{
		{"title", utf8.RuneCountInString(edit.Title), 300, "characters"},
		{"questions", len(edit.Questions), 50, "questions"},
		{"answer", utf8.RuneCountInString(edit.Answer), 100_000, "characters"},
		{"tags", len(edit.Tags), 20, "tags"},
		{"note", utf8.RuneCountInString(edit.Note), 300, "characters"},
	} {
		if limit.have > limit.max {
			form.Fail(limit.field, fmt.Sprintf("Shorten it: at most %d %s, you have %d", limit.max, limit.unit, limit.have))
		}
	}
	for _, item := range items(strings.ReplaceAll(form.Get("related"), " ", ","), ",") {
		n, err := strconv.ParseInt(strings.TrimPrefix(item, "#"), 10, 64)
		if err != nil || n < 1 {
			form.Fail("related", fmt.Sprintf("Enter numbers of entries with commas between them; “%s” is none", item))
			break
		}
		edit.Related = append(edit.Related, n)
	}
	if len(edit.Related) > 100 {
		form.Fail("related", "Enter at most 100 entries")
	}
	return edit
}

func items(text, separator string) []string {
	var items []string
	for item := range strings.SplitSeq(text, separator) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// refused shows in the form what the models refuse, and reports whether that is what err says.
func refused(form *page.Form, err error) bool {
	e := spinoff.AsError(err)
	if e == nil || len(e.Fields) == 0 {
		return false
	}
	for _, f := range e.Fields {
		field, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "#/"), "/")
		form.Fail(field, "It "+f.Detail)
	}
	return true
}
