package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
)

// A batch is one transaction: at most this many messages, or messages with this many bytes and one more.
const (
	batchSize  = 50
	batchBytes = 8 << 20
)

// maxRefused is how many refusals are told.
const maxRefused = 100

// Import takes in the mails at path: a message, an mbox file, a Maildir or a folder of these. Every mail is counted once, and
// an import that was interrupted, by whatever, goes on where it was; what it had counted counts.
func (p *Provider) Import(ctx context.Context, path string, report func(spinoff.Progress)) (spinoff.Progress, error) {
	identity, err := identify(path)
	if err != nil {
		return spinoff.Progress{}, err
	}
	position, err := p.models.Position(ctx, identity)
	if err != nil {
		return spinoff.Progress{}, err
	}
	in := intake{models: p.models, identity: identity, position: position}
	for raw, err := range mail.Messages(path, position.Next) {
		if err != nil && raw.Source == "" {
			return in.progress(), err
		}
		if err := in.take(ctx, raw, err); err != nil {
			return in.progress(), err
		}
		report(in.progress())
	}
	if err := in.flush(ctx); err != nil {
		return in.progress(), err
	}
	report(in.progress())
	return in.progress(), p.models.Forget(ctx, identity)
}

// intake is an import while it runs.
type intake struct {
	models      *models.Models
	identity    string
	position    models.Position // of what is stored, and while a batch is collected, of what will be
	batch       []mail.Message
	bytes       int64
	read, total int64
}

// take adds one message to the batch.
func (in *intake) take(ctx context.Context, raw mail.Raw, err error) error {
	var letter mail.Message
	if err == nil {
		if letter, err = mail.Parse(raw.Bytes, raw.Received); err != nil {
			err = fmt.Errorf("%s at byte %d: %w", raw.Source, raw.Offset, err)
		}
	}
	if err != nil {
		in.refuse(err)
	} else {
		in.batch = append(in.batch, letter)
	}
	in.position.Next, in.read, in.total = raw.Next, raw.Done, raw.Total
	in.bytes += int64(len(raw.Bytes))
	if len(in.batch) < batchSize && in.bytes < batchBytes {
		return nil
	}
	return in.flush(ctx)
}

func (in *intake) refuse(err error) {
	in.position.Counts[models.Refused]++
	if len(in.position.Refused) < maxRefused {
		in.position.Refused = append(in.position.Refused, err.Error())
	}
}

// flush stores the batch.
func (in *intake) flush(ctx context.Context) error {
	err := in.models.TakeIn(ctx, in.identity, in.batch, &in.position)
	in.batch, in.bytes = nil, 0
	return err
}

func (in *intake) progress() spinoff.Progress {
	return spinoff.Progress{Read: in.read, Total: in.total, Counts: maps.Clone(in.position.Counts), Refused: slices.Clone(in.position.Refused)}
}

// identify names what is at path as it is now: by the names, sizes and times of its files and the first kilobyte of each. When any of
// these changes, an import starts again from the beginning, which costs time and changes nothing.
func identify(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			return nil //nolint:nilerr // a link to nowhere is no mail
		}
		fmt.Fprintf(sum, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		return firstKilobyte(sum, name)
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

func firstKilobyte(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close() //nolint:errcheck // only read
	if _, err := io.CopyN(w, f, 1024); err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return nil
}
