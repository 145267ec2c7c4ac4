// Package provider answers the endpoints of the service faq.
package provider

import (
	"context"
	"fmt"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
)

// Provider answers the endpoints of the newest version, one method for each. It may be used concurrently.
type Provider struct{ models *models.Models }

// New returns a provider on models.
func New(m *models.Models) *Provider { return &Provider{m} }

// EntryURL returns the address of an entry's page for the staff.
func EntryURL(number int64) string { return fmt.Sprintf("/faq/edit/%d", number) }

// author returns who a change is by.
func author(ctx context.Context) string { return spinoff.OriginOf(ctx).Person.Email }

// Create answers [faqv2.Create].
func (p *Provider) Create(ctx context.Context, in faqv2.NewQuestion) (faqv2.Question, error) {
	out, err := p.models.Ask(ctx, in, author(ctx))
	if err == nil {
		out.URL = EntryURL(out.ID)
	}
	return out, err
}

// Get answers [faqv2.Get]. It counts no view: programs read entries too.
func (p *Provider) Get(ctx context.Context, in faqv2.EntryID) (faqv2.Entry, error) {
	return p.models.Get(ctx, in.ID)
}

// List answers [faqv2.List].
func (p *Provider) List(ctx context.Context, in faqv2.Filter) (faqv2.Entries, error) {
	return p.models.List(ctx, in)
}

// Search answers [faqv2.Search].
func (p *Provider) Search(ctx context.Context, in faqv2.Query) (faqv2.Results, error) {
	return p.models.Search(ctx, in)
}

// Click answers [faqv2.Click]. It counts a view, also with a LogID of 0, which stands for an entry that was opened without a search.
func (p *Provider) Click(ctx context.Context, in faqv2.NewClick) (struct{}, error) {
	return struct{}{}, p.models.Click(ctx, in.LogID, in.Entry)
}

// Vote answers [faqv2.Vote].
func (p *Provider) Vote(ctx context.Context, in faqv2.NewVote) (struct{}, error) {
	return struct{}{}, p.models.Vote(ctx, in)
}

// Update answers [faqv2.Update].
func (p *Provider) Update(ctx context.Context, in faqv2.Edit) (faqv2.Entry, error) {
	return p.models.Update(ctx, in, author(ctx))
}

// Submit answers [faqv2.Submit].
func (p *Provider) Submit(ctx context.Context, in faqv2.Step) (faqv2.Entry, error) {
	return p.models.Take(ctx, "submit", in, author(ctx))
}

// Reject answers [faqv2.Reject].
func (p *Provider) Reject(ctx context.Context, in faqv2.Step) (faqv2.Entry, error) {
	return p.models.Take(ctx, "reject", in, author(ctx))
}

// Publish answers [faqv2.Publish].
func (p *Provider) Publish(ctx context.Context, in faqv2.Step) (faqv2.Entry, error) {
	return p.models.Take(ctx, "publish", in, author(ctx))
}

// Archive answers [faqv2.Archive].
func (p *Provider) Archive(ctx context.Context, in faqv2.Step) (faqv2.Entry, error) {
	return p.models.Take(ctx, "archive", in, author(ctx))
}
