package models

import (
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/search"
)

// fullText is how an engine searches the table entry_fts: pieces of SQL in which $1 is the query.
type fullText struct {
	match          string // condition
	rank           string // relevance, the smallest first
	title, snippet string // with the marks of package search around what was found

	whole, prefix func(text string) string
}

// Somebody's question weighs more than a word of an answer. Weights above 1 would make one word that is often there drown out others; on 77 kinds of real
// questions 6, 6, 1 was right for 73 % and this for 76 %. PostgreSQL ranks without how rare a word is in the whole table, and is right as often: it
// leaves out more words that say nothing.
var (
	sqliteText = fullText{
		match:   "entry_fts MATCH $1",
		rank:    "bm25(entry_fts, 1.0, 1.0, 0.2)",
		title:   "highlight(entry_fts, 0, '" + search.Open + "', '" + search.Close + "')",
		snippet: "snippet(entry_fts, 2, '" + search.Open + "', '" + search.Close + "', '…', 28)",
		whole:   search.Query, prefix: search.Prefix,
	}
	postgresText = fullText{
		match:   "entry_fts.words @@ " + postgresQuery,
		rank:    "-ts_rank('{0.2, 0.2, 0.2, 1}', entry_fts.words, " + postgresQuery + ", 1)", // 1: divided by the logarithm of the length
		title:   "ts_headline('english', entry_fts.title, " + postgresQuery + ", 'HighlightAll=true, " + postgresMarks + "')",
		snippet: "ts_headline('english', entry_fts.body, " + postgresQuery + ", 'MinWords=14, MaxWords=28, " + postgresMarks + "')",
		whole:   search.Postgres, prefix: search.PostgresPrefix,
	}
)

const (
	postgresQuery = "(SELECT spinoff_query('english', $1, '|'))" // a sub-select: evaluated once, and not for every row
	postgresMarks = "StartSel=" + search.Open + ", StopSel=" + search.Close
)

func fullTextOf(tx *data.Tx) fullText {
	if tx.Dialect() == data.Postgres {
		return postgresText
	}
	return sqliteText
}

// query returns what to give as $1, or "" where text has no word. With prefix the last word may be unfinished.
func (f fullText) query(text string, prefix bool) string {
	if prefix {
		return f.prefix(text)
	}
	return f.whole(text)
}
