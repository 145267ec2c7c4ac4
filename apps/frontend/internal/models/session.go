package models

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/data"
)

// SessionLife is how long a session lasts after it was last used.
const SessionLife = 14 * 24 * time.Hour

// seenEvery is how exactly is known when a session was used: reading pages must not write.
const seenEvery = time.Minute

// SignIn begins a session and returns its token. before is the token that the browser had, which ends. It fails with [ErrWrong], after the
// same time whether or not there is an account.
func (m *Models) SignIn(ctx context.Context, email, password, before string) (token string, err error) {
	id, err := m.check(ctx, email, password)
	if err != nil {
		return "", err
	}
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		if err := exec(ctx, tx, "DELETE FROM session WHERE hash = $1 OR expires_at <= $2", digest(before), m.millis()); err != nil {
			return err
		}
		token, err = m.begin(ctx, tx, id)
		return err
	})
	return token, err
}

// Person returns who the token of a session belongs to, or the zero Person.
func (m *Models) Person(ctx context.Context, token string) (spinoff.Person, error) {
	type row struct {
		Email, Name string
		SeenAt      int64
	}
	var found row
	now := m.millis()
	err := m.db.Read(ctx, func(tx *data.Tx) (err error) {
		found, err = data.One[row](ctx, tx, `SELECT s.email, s.name, n.seen_at FROM session n JOIN staff s ON s.id = n.staff
			WHERE n.hash = $1 AND n.expires_at > $2`, digest(token), now)
		return err
	})
	if errors.Is(err, data.ErrNotFound) {
		return spinoff.Person{}, nil
	}
	if err == nil && now-found.SeenAt >= seenEvery.Milliseconds() {
		err = m.db.Write(ctx, func(tx *data.Tx) error {
			return exec(ctx, tx, "UPDATE session SET seen_at = $2, expires_at = $3 WHERE hash = $1", digest(token), now, now+SessionLife.Milliseconds())
		})
	}
	if err != nil {
		return spinoff.Person{}, err
	}
	return spinoff.Person{Email: found.Email, Name: found.Name}, nil
}

// SignOut ends a session.
func (m *Models) SignOut(ctx context.Context, token string) error {
	return m.db.Write(ctx, func(tx *data.Tx) error {
		return exec(ctx, tx, "DELETE FROM session WHERE hash = $1", digest(token))
	})
}

// SignOutEverywhere ends all sessions of a colleague.
func (m *Models) SignOutEverywhere(ctx context.Context, email string) error {
	return m.db.Write(ctx, func(tx *data.Tx) error { return endAll(ctx, tx, email) })
}

// ChangePassword sets a new password, ends all sessions of the colleague and returns the token of a new one. It fails with [ErrWrong]
// where current is not the password.
func (m *Models) ChangePassword(ctx context.Context, email, current, password string) (token string, err error) {
	id, err := m.check(ctx, email, current)
	if err != nil {
		return "", err
	}
	hash := m.hash(password)
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		if err := exec(ctx, tx, "UPDATE staff SET password = $2 WHERE id = $1", id, hash); err != nil {
			return err
		}
		if err := endAll(ctx, tx, email); err != nil {
			return err
		}
		token, err = m.begin(ctx, tx, id)
		return err
	})
	return token, err
}

// check returns the id of the account that has this address and password.
func (m *Models) check(ctx context.Context, email, password string) (int64, error) {
	type row struct {
		ID       int64
		Password string
	}
	var found row
	err := m.db.Read(ctx, func(tx *data.Tx) (err error) {
		found, err = data.One[row](ctx, tx, "SELECT id, password FROM staff WHERE email = $1 AND password <> ''", normal(email))
		return err
	})
	if errors.Is(err, data.ErrNotFound) {
		found, err = row{Password: nobody}, nil
	}
	if err == nil && !m.matches(found.Password, password) {
		err = ErrWrong
	}
	return found.ID, err
}

func (m *Models) begin(ctx context.Context, tx *data.Tx, staff int64) (token string, err error) {
	token = rand.Text()
	return token, exec(ctx, tx, "INSERT INTO session (hash, staff, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)",
		digest(token), staff, m.millis(), m.millis()+SessionLife.Milliseconds())
}

func endAll(ctx context.Context, tx *data.Tx, email string) error {
	return exec(ctx, tx, "DELETE FROM session WHERE staff = (SELECT id FROM staff WHERE email = $1)", normal(email))
}
