package models

import (
	"context"

	"github.com/spinoff-go/spinoff/data"
)

// The account of the example. Everybody knows it: it is for looking around on one's own machine.
const (
	DemoEmail    = "anna@example.com"
	DemoPassword = "lumen-demo-lights" //nolint:gosec // everybody knows it
	demoName     = "Anna Berg"
)

// Seed makes the account of the example where there is no account, and reports whether the example's account is there.
func (m *Models) Seed(ctx context.Context) (there bool, err error) {
	hash := m.hash(DemoPassword)
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		somebody, err := hasStaff(ctx, tx)
		if err == nil && !somebody {
			_, err = addStaff(ctx, tx, demoName, DemoEmail, hash, m.millis())
		}
		if err != nil {
			return err
		}
		there, err = data.One[bool](ctx, tx, "SELECT EXISTS (SELECT 1 FROM staff WHERE email = $1)", DemoEmail)
		return err
	})
	return there, err
}
