package provider

import (
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv1"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
)

// Handlers returns the endpoints of every version. Only the newest has an implementation, the older ones are conversions.
func (p *Provider) Handlers() []spinoff.Handler {
	return []spinoff.Handler{
		faqv2.Create.Serve(p.Create),
		faqv2.Get.Serve(p.Get),
		faqv2.List.Serve(p.List),
		faqv2.Search.Serve(p.Search),
		faqv2.Click.Serve(p.Click),
		faqv2.Vote.Serve(p.Vote),
		faqv2.Update.Serve(p.Update),
		faqv2.Submit.Serve(p.Submit),
		faqv2.Reject.Serve(p.Reject),
		faqv2.Publish.Serve(p.Publish),
		faqv2.Archive.Serve(p.Archive),

		spinoff.Older(faqv1.Create, faqv2.Create, upCreate, downQuestion),
		spinoff.Older(faqv1.Get, faqv2.Get, upID, downEntry),
		spinoff.Older(faqv1.Search, faqv2.Search, upQuery, downResults),
		spinoff.Older(faqv1.Vote, faqv2.Vote, upVote, func(none struct{}) struct{} { return none }),
	}
}

// Announcements returns the topics of every version. Only the newest are published, the older ones are conversions.
func (p *Provider) Announcements() []spinoff.Announcement {
	return []spinoff.Announcement{
		faqv2.EntryDrafted.Announce(),
		faqv2.EntryPublished.Announce(),
		faqv2.EntryArchived.Announce(),

		spinoff.AnnounceOlder(faqv1.EntryPublished, faqv2.EntryPublished, downPublished),
	}
}

func downPublished(e faqv2.PublishedEntry) faqv1.PublishedEntry {
	return faqv1.PublishedEntry{ID: e.ID, Title: e.Title, URL: e.URL}
}

func upCreate(in faqv1.NewQuestion) faqv2.NewQuestion {
	return faqv2.NewQuestion{Question: in.Question, Source: in.Source, Answer: in.Answer, Tags: in.Tags}
}

func downQuestion(out faqv2.Question) faqv1.Question {
	return faqv1.Question{
		ID: out.ID, Question: out.Question, Source: out.Source, Status: string(out.Status), URL: out.URL, CreatedAt: out.CreatedAt,
		DuplicateOf: out.DuplicateOf, HTTPStatus: out.HTTPStatus, ETag: out.ETag,
	}
}

func upID(in faqv1.EntryID) faqv2.EntryID { return faqv2.EntryID(in) }

func downEntry(out faqv2.Entry) faqv1.Entry {
	return faqv1.Entry{
		ID: out.ID, Slug: out.Slug, Status: string(out.Status), Title: out.Title, Questions: out.Questions, Answer: out.Answer, Tags: out.Tags,
		Sources: out.Sources, UpdatedAt: out.UpdatedAt, ETag: out.ETag,
	}
}

func upQuery(in faqv1.Query) faqv2.Query { return faqv2.Query{Q: in.Q, Limit: in.Limit} }

func downResults(out faqv2.Results) faqv1.Results {
	var results faqv1.Results
	for _, r := range out.Items {
		results.Items = append(results.Items, faqv1.Result{ID: r.ID, Slug: r.Slug, Title: plain(r.Title), Snippet: plain(r.Snippet)})
	}
	return results
}

// plain is a text without the marks of what matched, which version 1 does not know.
func plain(pieces []faqv2.Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.Text)
	}
	return b.String()
}

func upVote(in faqv1.NewVote) faqv2.NewVote {
	return faqv2.NewVote{ID: in.ID, Up: in.Up, Anon: in.Anon, Comment: in.Comment}
}
