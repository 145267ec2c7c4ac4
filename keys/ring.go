package keys

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// How often an open ring looks for changes of its file, and writes down which keys were used.
const (
	lookEvery  = time.Second
	writeEvery = time.Minute
)

// Settings say where the keys of an app are.
type Settings struct {
	Value    string       // keys as a variable has them: FAQ_KEYS. Default: none
	File     string       // a file with more of them, which is read again when it changes. Default: none
	Required bool         // whether File must be there. Default: the app has no keys while it is not
	Used     string       // a file that says which keys were used when, written once a minute. Default: not written
	Log      *slog.Logger // Default: slog.Default()
}

// Ring is the keys of one app. While it is open, changes of its file are heeded within a second. A nil Ring has no keys. It is safe for concurrent use.
type Ring struct {
	settings Settings
	fixed    []Key // those of the variable
	held     atomic.Pointer[[]*held]
	seen     fs.FileInfo // of the file, when it was last read; nil where it was not there

	stop func()
	done sync.WaitGroup
}

// held is a key with its uses by this process.
type held struct {
	Key
	sum   [sha256.Size]byte
	calls atomic.Int64
	last  atomic.Int64 // Unix seconds
	told  int64        // calls that are written down
}

// NewRing reads the keys. Errors do not repeat what they hold.
func NewRing(settings Settings) (*Ring, error) {
	if settings.Log == nil {
		settings.Log = slog.Default()
	}
	r := &Ring{settings: settings}
	var err error
	if r.fixed, err = Parse(settings.Value); err != nil {
		return nil, err
	}
	if settings.Value != "" && len(r.fixed) == 0 {
		return nil, errors.New("it is set and has no key in it; one looks like support:" + hashPrefix + "…")
	}
	if err := r.read(); err != nil {
		return nil, err
	}
	return r, nil
}

// read reads the file where it has changed. A file that is gone, or cannot be read, changes nothing: the doors stay as they were.
func (r *Ring) read() error {
	info, err := stat(r.settings.File)
	if err != nil {
		return err
	}
	first := r.held.Load() == nil
	switch {
	case info == nil && first && r.settings.Required:
		return fmt.Errorf("%s is not there", r.settings.File)
	case info == nil && first && r.fixed != nil:
		r.hold(r.fixed)
		return nil
	case info == nil && r.seen != nil:
		r.seen = nil
		return fmt.Errorf("%s is gone; the keys that were in it go on being good until this process ends", r.settings.File)
	case info == nil || r.seen != nil && os.SameFile(info, r.seen) && info.ModTime().Equal(r.seen.ModTime()) && info.Size() == r.seen.Size():
		return nil
	}
	r.seen = info
	text, err := os.ReadFile(r.settings.File)
	if err != nil {
		return err
	}
	more, err := Parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", r.settings.File, err)
	}
	r.hold(slices.Concat(r.fixed, more))
	return nil
}

// stat returns nil where there is no file.
func stat(file string) (fs.FileInfo, error) {
	if file == "" {
		return nil, nil
	}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	return info, err
}

// hold takes in keys; those that were there keep their counts.
func (r *Ring) hold(all []Key) {
	var old []*held
	if known := r.held.Load(); known != nil {
		old = *known
	}
	fresh := make([]*held, 0, len(all))
	for _, k := range all {
		i := slices.IndexFunc(old, func(h *held) bool { return h.Consumer == k.Consumer && h.Hash == k.Hash })
		if i >= 0 {
			fresh = append(fresh, old[i])
		} else {
			fresh = append(fresh, &held{Key: k, sum: k.sum()})
		}
	}
	r.held.Store(&fresh)
}

// Asks reports whether the app has keys, so that who calls needs one. A file without a key in it lets nobody in.
func (r *Ring) Asks() bool { return r != nil && r.held.Load() != nil }

// Keys returns the keys.
func (r *Ring) Keys() []Key {
	if !r.Asks() {
		return nil
	}
	var all []Key
	for _, h := range *r.held.Load() {
		all = append(all, h.Key)
	}
	return all
}

// Verify reports whether secret is one of consumer's. How long it takes does not depend on which half is wrong.
func (r *Ring) Verify(consumer, secret string) bool {
	if !r.Asks() {
		return false
	}
	sum := sha256.Sum256([]byte(secret))
	var found *held
	for _, h := range *r.held.Load() {
		if subtle.ConstantTimeCompare(h.sum[:], sum[:]) == 1 && h.Consumer == consumer { // who has the secret knows the name
			found = h
		}
	}
	if found == nil {
		return false
	}
	found.calls.Add(1)
	found.last.Store(time.Now().Unix())
	return true
}

// Open begins to look for changes. The context is not kept.
func (r *Ring) Open(context.Context) error {
	ending, stop := context.WithCancel(context.Background())
	r.stop = stop
	r.done.Go(func() { r.watch(ending) })
	return nil
}

// Close ends it, and writes down what was used.
func (r *Ring) Close() error {
	r.stop()
	r.done.Wait()
	return r.writeUses()
}

// Check implements spinoff.Resource. A ring can always do its work.
func (r *Ring) Check(context.Context) error { return nil }

func (r *Ring) watch(ending context.Context) {
	look, write := time.NewTicker(lookEvery), time.NewTicker(writeEvery)
	defer look.Stop()
	defer write.Stop()
	told := ""
	for {
		var err error
		select {
		case <-ending.Done():
			return
		case <-look.C:
			had := r.held.Load()
			err = r.read()
			if now := r.held.Load(); now != had {
				r.settings.Log.Info("the keys of consumers were read again", "keys", len(*now))
			}
		case <-write.C:
			err = r.writeUses()
		}
		if err == nil {
			told = ""
		} else if err.Error() != told {
			told = err.Error()
			r.settings.Log.Error("keys of consumers", "error", err)
		}
	}
}
