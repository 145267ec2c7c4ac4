package models

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/spinoff-go/spinoff/data"
)

// InvitationLife is how long a link to choose a password is good.
const InvitationLife = 7 * 24 * time.Hour

// Invitation is what a link to choose a password is for.
type Invitation struct {
	First       bool // it makes the first account, with any name and address
	Name, Email string
}

// SetUp returns a new secret for making the first account, which makes the one before void, or "" where there is an account.
func (m *Models) SetUp(ctx context.Context) (secret string, err error) {
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		there, err := hasStaff(ctx, tx)
		if err != nil || there {
			return err
		}
		if err := exec(ctx, tx, "DELETE FROM invitation WHERE staff IS NULL"); err != nil {
			return err
		}
		secret, err = m.invite(ctx, tx, nil)
		return err
	})
	return secret, err
}

// Invitation returns what a secret is good for. It fails with [ErrUsed].
func (m *Models) Invitation(ctx context.Context, secret string) (in Invitation, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		found, err := m.invitation(ctx, tx, secret)
		in = Invitation{First: found.Staff == nil, Name: found.Name, Email: found.Email}
		return err
	})
	return in, err
}

// Accept uses a secret up: it sets the password, makes the account where it is the first (name and email count only then), and
// returns the token of a session. It fails with [ErrUsed].
func (m *Models) Accept(ctx context.Context, secret, name, email, password string) (token string, err error) {
	hash := m.hash(password)
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		found, err := m.invitation(ctx, tx, secret)
		if err != nil {
			return err
		}
		var id int64
		if found.Staff == nil {
			id, err = addStaff(ctx, tx, name, email, hash, m.millis())
		} else {
			id, err = *found.Staff, exec(ctx, tx, "UPDATE staff SET password = $2 WHERE id = $1", *found.Staff, hash)
		}
		if err != nil {
			return err
		}
		if err := exec(ctx, tx, "DELETE FROM invitation WHERE hash = $1", digest(secret)); err != nil {
			return err
		}
		token, err = m.begin(ctx, tx, id)
		return err
	})
	return token, err
}

type invitation struct {
	Staff       *int64
	Name, Email string
}

// invitation finds a link that is still good. One for the first account is good only while there is none.
func (m *Models) invitation(ctx context.Context, tx *data.Tx, secret string) (invitation, error) {
	found, err := data.One[invitation](ctx, tx, `
		SELECT i.staff, coalesce(s.name, '') AS name, coalesce(s.email, '') AS email
		FROM invitation i LEFT JOIN staff s ON s.id = i.staff
		WHERE i.hash = $1 AND i.expires_at > $2 AND (i.staff IS NOT NULL OR NOT EXISTS (SELECT 1 FROM staff))`, digest(secret), m.millis())
	if errors.Is(err, data.ErrNotFound) {
		err = ErrUsed
	}
	return found, err
}

func (m *Models) invite(ctx context.Context, tx *data.Tx, staff *int64) (secret string, err error) {
	secret = rand.Text()
	return secret, exec(ctx, tx, "INSERT INTO invitation (hash, staff, expires_at) VALUES ($1, $2, $3)",
		digest(secret), staff, m.millis()+InvitationLife.Milliseconds())
}
