package jetstream_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/spinoff-go/spinoff/events/jetstream"
)

// BenchmarkPublish publishes events of 1 KiB, in batches as a relay does, to a server in this process and in another.
func BenchmarkPublish(b *testing.B) {
	for _, by := range []string{"server here", "server in another process"} {
		b.Run(by, func(b *testing.B) {
			folder := b.TempDir()
			if by == "server in another process" {
				other := start(b, folder)
				defer other.kill()
			}
			e, err := jetstream.Open(context.Background(), jetstream.Options{Folder: folder})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			batch := make([]jetstream.Message, 256)
			b.SetBytes(1024)
			b.ResetTimer()
			for n := 0; n < b.N; n += len(batch) {
				for i := range batch {
					batch[i] = jetstream.Message{ID: fmt.Sprint(n + i), Subject: subject, Data: make([]byte, 1024)}
				}
				if _, err := publisher(b, e).Publish(b.Context(), stream, batch[:min(len(batch), b.N-n)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen starts the embedded server, with 10,000 events in its store, and ends it.
func BenchmarkOpen(b *testing.B) {
	folder := b.TempDir()
	for i := range b.N + 1 {
		e, err := jetstream.Open(context.Background(), jetstream.Options{Folder: folder})
		if err != nil {
			b.Fatal(err)
		}
		if i == 0 {
			if _, err := publisher(b, e).Publish(b.Context(), stream, messages(1, 10_000)); err != nil {
				b.Fatal(err)
			}
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
		if i == 0 {
			b.ResetTimer()
		}
	}
}

func publisher(b *testing.B, e *jetstream.Engine) *jetstream.Publisher {
	b.Helper()
	p, err := e.Publisher()
	if err != nil {
		b.Fatal(err)
	}
	return p
}
