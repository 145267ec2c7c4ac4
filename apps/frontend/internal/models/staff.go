package models

import (
	"context"
	"errors"

	"github.com/spinoff-go/spinoff/data"
)

// Errors about accounts.
var (
	ErrWrong   = errors.New("the email address or the password is not right")
	ErrTaken   = errors.New("there is an account with this email address")
	ErrUsed    = errors.New("the link was used already, or is too old")
	ErrNoStaff = errors.New("there is no such account")
)

// Staff is a colleague who can sign in, or who is invited to.
type Staff struct {
	ID     int64
	Email  string
	Name   string
	Active bool // has chosen a password
}

const staffColumns = "id, email, name, password <> '' AS active"

// HasStaff reports whether there is an account.
func (m *Models) HasStaff(ctx context.Context) (there bool, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		there, err = hasStaff(ctx, tx)
		return err
	})
	return there, err
}

func hasStaff(ctx context.Context, tx *data.Tx) (bool, error) {
	return data.One[bool](ctx, tx, "SELECT EXISTS (SELECT 1 FROM staff)")
}

// Colleagues returns everybody, by name.
func (m *Models) Colleagues(ctx context.Context) (all []Staff, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		all, err = data.Query[Staff](ctx, tx, "SELECT "+staffColumns+" FROM staff ORDER BY name, id")
		return err
	})
	return all, err
}

// Invite adds a colleague, who chooses a password by the secret that it returns. It fails with [ErrTaken].
func (m *Models) Invite(ctx context.Context, name, email string) (secret string, err error) {
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		id, err := addStaff(ctx, tx, name, email, "", m.millis())
		if err != nil {
			return err
		}
		secret, err = m.invite(ctx, tx, &id)
		return err
	})
	return secret, err
}

// InviteAgain makes a new secret for a colleague who has not chosen a password yet; the one before is void. It fails with [ErrNoStaff].
func (m *Models) InviteAgain(ctx context.Context, id int64) (colleague Staff, secret string, err error) {
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		colleague, err = data.One[Staff](ctx, tx, "SELECT "+staffColumns+" FROM staff WHERE id = $1 AND password = ''", id)
		if errors.Is(err, data.ErrNotFound) {
			return ErrNoStaff
		}
		if err == nil {
			err = exec(ctx, tx, "DELETE FROM invitation WHERE staff = $1", id)
		}
		if err != nil {
			return err
		}
		secret, err = m.invite(ctx, tx, &id)
		return err
	})
	return colleague, secret, err
}

// Remove deletes an account with its sessions and links. Nobody removes himself, so that one account is always left: it fails with [ErrNoStaff] then too.
func (m *Models) Remove(ctx context.Context, id int64, by string) error {
	return m.db.Write(ctx, func(tx *data.Tx) error {
		n, err := data.Exec(ctx, tx, "DELETE FROM staff WHERE id = $1 AND email <> $2", id, normal(by))
		if err == nil && n == 0 {
			err = ErrNoStaff
		}
		return err
	})
}

func addStaff(ctx context.Context, tx *data.Tx, name, email, password string, at int64) (int64, error) {
	id, err := data.One[int64](ctx, tx, `INSERT INTO staff (email, name, password, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (email) DO NOTHING RETURNING id`, normal(email), name, password, at)
	if errors.Is(err, data.ErrNotFound) {
		return 0, ErrTaken
	}
	return id, err
}
