package jetstream_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/events/jetstream"
)

// The process with the server is killed while another publishes: it takes over, and every message is there once and in its place.
func TestKilledWhileAnotherPublishes(t *testing.T) {
	folder := t.TempDir()
	want := messages(1, 2000)
	other := start(t, folder)
	e := open(t, jetstream.Options{Folder: folder})
	if got := e.Epoch(); got != other.epoch {
		t.Errorf("Epoch by the socket: got %s, want %s", got, other.epoch)
	}
	var got inbox
	consume(t, e, jetstream.Consumer{Name: "faqcreator"}, got.ack)
	done := make(chan struct{})
	go func() {
		defer close(done)
		publishAll(t, e, want)
	}()
	got.wait(t, 500)
	other.kill()
	<-done
	if diff := cmp.Diff(idsOf(want), ids(t, e)); diff != "" {
		t.Errorf("in the stream: -want +got\n%s", diff)
	}
	if e.Epoch() == other.epoch {
		t.Errorf("Epoch after the kill: got %s again, want another", other.epoch)
	}
	eventually(t, "all delivered", func() bool { // repetitions are allowed, omissions are not
		seen := got.ids()
		slices.Sort(seen)
		return len(slices.Compact(seen)) == 2000
	})
}

// A publisher is of one lifetime of the engine: when that is over it publishes nothing more, since the next one may lack what came before.
func TestPublisherEnds(t *testing.T) {
	folder := t.TempDir()
	other := start(t, folder)
	e := open(t, jetstream.Options{Folder: folder})
	p, err := e.Publisher()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := p.Publish(t.Context(), stream, messages(1, 10)); n != 10 || err != nil {
		t.Fatalf("Publish: got %d, %v", n, err)
	}
	other.kill()
	eventually(t, "this process takes over", func() bool { return e.Epoch() != "" && e.Epoch() != p.Epoch() })
	if n, err := p.Publish(t.Context(), stream, messages(11, 20)); n != 0 || !errors.Is(err, jetstream.ErrDisconnected) {
		t.Errorf("Publish by the publisher of an earlier lifetime: got %d, %v, want 0 and ErrDisconnected", n, err)
	}
	again, err := e.Publisher()
	if err != nil || again.Epoch() != e.Epoch() {
		t.Fatalf("Publisher after that: got %v, want one of epoch %s", err, e.Epoch())
	}
	if n, err := again.Publish(t.Context(), stream, messages(11, 20)); n != 10 || err != nil {
		t.Errorf("Publish: got %d, %v", n, err)
	}
	if diff := cmp.Diff(idsOf(messages(1, 20)), ids(t, e)); diff != "" {
		t.Errorf("in the stream: -want +got\n%s", diff)
	}
}

// The server moves on from process to process, however they end.
func TestTakingOver(t *testing.T) {
	folder := t.TempDir()
	one := start(t, folder)
	e := mustOpen(t, jetstream.Options{Folder: folder})
	publish(t, e, messages(1, 10)...)

	one.close()
	eventually(t, "this process takes over", func() bool { return e.Epoch() != "" })
	if got := e.Epoch(); got != one.epoch {
		t.Errorf("Epoch after a clean end: got %s, want %s as before", got, one.epoch)
	}
	two := start(t, folder)
	publishAll(t, e, messages(11, 20))
	if err := e.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	eventually(t, "the second process takes over", func() bool {
		_, err := os.Stat(filepath.Join(folder, "socket"))
		return err == nil
	})
	e = open(t, jetstream.Options{Folder: folder})
	if got := e.Epoch(); got != one.epoch || two.epoch != one.epoch {
		t.Errorf("Epoch with the second process: got %s, %s there, want %s as before", got, two.epoch, one.epoch)
	}
	two.kill()
	publishAll(t, e, messages(21, 30))
	if got := e.Epoch(); got == one.epoch {
		t.Errorf("Epoch after a kill: got %s again, want another", got)
	}
	if diff := cmp.Diff(idsOf(messages(1, 30)), ids(t, e)); diff != "" {
		t.Errorf("in the stream: -want +got\n%s", diff)
	}
}

// Power is lost after the position of a consumer has reached the disk, and before the last events have: they are published again under the
// numbers of those that were lost, and the consumer has to get them. It is the server that takes the consumer back, when it starts.
func TestPowerLoss(t *testing.T) {
	for _, onlyNew := range []bool{false, true} {
		folder := t.TempDir()
		e := mustOpen(t, jetstream.Options{Folder: folder})
		var got inbox
		c := jetstream.Consumer{Name: "faqcreator", OnlyNew: onlyNew}
		consume(t, e, c, got.ack)
		publish(t, e, messages(1, 10)...)
		got.wait(t, 10)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		synced := t.TempDir()
		msgs := filepath.Join("jetstream", "$G", "streams", stream, "msgs")
		if err := os.CopyFS(synced, os.DirFS(filepath.Join(folder, msgs))); err != nil {
			t.Fatal(err)
		}
		e = mustOpen(t, jetstream.Options{Folder: folder})
		consume(t, e, c, got.ack)
		publish(t, e, messages(11, 20)...)
		got.wait(t, 20)
		eventually(t, "all acknowledged", func() bool {
			streams, err := e.Streams(t.Context())
			return err == nil && streams[0].Consumers[0].Done == 20
		})
		epoch := e.Epoch()
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			os.RemoveAll(filepath.Join(folder, msgs)),
			os.CopyFS(filepath.Join(folder, msgs), os.DirFS(synced)),
			os.WriteFile(filepath.Join(folder, "epoch"), []byte(epoch+"\n"), 0o600),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}

		e = open(t, jetstream.Options{Folder: folder})
		if e.Epoch() == epoch {
			t.Errorf("Epoch after the loss: got %s again, want another", epoch)
		}
		publish(t, e, messages(1, 22)...) // the relay publishes again what it has kept
		var again inbox
		consume(t, e, c, again.ack)
		again.wait(t, 12)
		if diff := cmp.Diff(idsOf(messages(11, 22)), again.ids()); diff != "" {
			t.Errorf("only new %v: delivered after the loss: -want +got\n%s", onlyNew, diff)
		}
		if diff := cmp.Diff(idsOf(messages(1, 22)), ids(t, e)); diff != "" {
			t.Errorf("only new %v: in the stream: -want +got\n%s", onlyNew, diff)
		}
	}
}

// A full stream refuses, in order, and takes again what its consumers have made room for.
func TestFullStream(t *testing.T) {
	e := open(t, jetstream.Options{MaxBytes: 1 << 20})
	want := messages(1, 600)
	for i := range want {
		want[i].Data = make([]byte, 100+i%7*700) // small ones would still fit behind large ones
	}
	acknowledge := make(chan struct{})
	var got inbox
	consume(t, e, jetstream.Consumer{Name: "slow"}, func(d jetstream.Delivery) {
		<-acknowledge
		got.ack(d)
	})
	n, err := publishSome(t, e, want)
	if !errors.Is(err, jetstream.ErrFull) {
		t.Fatalf("Publish: got %d, %v, want ErrFull", n, err)
	}
	if err := e.Tidy(t.Context()); err != nil {
		t.Fatalf("Tidy: %v", err)
	}
	if diff := cmp.Diff(idsOf(want[:n]), ids(t, e)); diff != "" {
		t.Errorf("in the full stream, and still there after Tidy: -want +got\n%s", diff)
	}
	close(acknowledge)
	for n < len(want) {
		got.wait(t, n)
		eventually(t, "room", func() bool {
			if err := e.Tidy(t.Context()); err != nil {
				t.Fatalf("Tidy: %v", err)
			}
			more, err := publishSome(t, e, want[n:])
			if err != nil && !errors.Is(err, jetstream.ErrFull) {
				t.Fatalf("Publish: %v", err)
			}
			n += more
			return more > 0
		})
	}
	got.wait(t, len(want))
	if diff := cmp.Diff(idsOf(want), got.ids()); diff != "" {
		t.Errorf("delivered: -want +got\n%s", diff)
	}
}

// What is older than MaxAge goes when every consumer has what it wants of it.
func TestOldEvents(t *testing.T) {
	now := time.Now()
	e := open(t, jetstream.Options{Now: func() time.Time { return now }})
	publish(t, e, messages(1, 10)...)
	var got inbox
	consume(t, e, jetstream.Consumer{Name: "other", Subject: "events.tickets.v1.other"}, got.ack) // wants none of them
	stop := consume(t, e, jetstream.Consumer{Name: "faqcreator"}, func(d jetstream.Delivery) {
		if got.add(d); d.Sequence != 8 {
			d.Ack()
		}
	})
	got.wait(t, 10)
	stop()
	left := func() string {
		if err := e.Tidy(t.Context()); err != nil {
			t.Fatalf("Tidy: %v", err)
		}
		return fmt.Sprint(ids(t, e))
	}
	if want := fmt.Sprint(idsOf(messages(1, 10))); left() != want {
		t.Errorf("young ones: got %s, want %s", left(), want)
	}
	now = now.Add(31 * 24 * time.Hour)
	eventually(t, "those before the one that is not acknowledged are gone", func() bool { return left() == "[8/v1 9/v1 10/v1]" })
}

// The socket and what is beside it are for this user alone.
func TestPermissions(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "events")
	open(t, jetstream.Options{Folder: folder})
	for name, want := range map[string]fs.FileMode{"": 0o700, "socket": 0o600, "lock": 0o600, "epoch": 0o600} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %v", name, info, err, want)
		}
	}
}
