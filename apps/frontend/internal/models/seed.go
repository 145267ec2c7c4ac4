package models

import (
	"context"

	"github.com/spinoff-go/spinoff/data"
)

// The account of the example. Everybody knows it: it is for looking around on one's own machine.
const (
	DemoEmail    = "anna@example.com"
	DemoPassword = "lumen-demo-lights"
	demoName     = "Anna Berg"
)

// Seed makes the account of the example where there is none.
func (m *Models) Seed(ctx context.Context) error {
	there, err := m.HasStaff(ctx)
	if err != nil || there {
		return err
	}
	hash := m.hash(DemoPassword)
	return m.db.Write(ctx, func(tx *data.Tx) error {
		_, err := addStaff(ctx, tx, demoName, DemoEmail, hash, m.millis())
		return err
	})
}
