package call

import (
	"sync"
	"sync/atomic"
	"time"
)

// budget lets only a part of all calls be sent once more, so that those who wait do not bring down what is about to recover: tokens, of which
// each call brings a part and each repetition takes one, as Finagle has it. It is safe for concurrent use.
type budget struct {
	part   int64 // what a call brings, in thousandths of a token
	saved  int64 // the most that is kept, in tokens
	quiet  int64 // up to how many tokens come with time, one a second, so that who calls seldom may repeat too
	tokens atomic.Int64

	mu   sync.Mutex
	last time.Duration // when time brought tokens, on clock
}

const token = 1000 // thousandths

// What may be sent once more, beyond which a call fails with the answer it has.
const (
	retryPart  = 100 // thousandths of the calls
	retrySaved = 100
	retryQuiet = 3
	hedgePart  = 50
	hedgeSaved = 10
)

func newBudget(part, saved, quiet int64) *budget {
	b := &budget{part: part, saved: saved, quiet: quiet, last: clock()}
	b.tokens.Store(quiet * token)
	return b
}

// earn brings the part of a call.
func (b *budget) earn() {
	if b.tokens.Load() < b.saved*token {
		b.tokens.Add(b.part)
	}
}

// spend takes a token, and reports whether there was one.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if seconds := int64((clock() - b.last) / time.Second); seconds > 0 {
		b.last += time.Duration(seconds) * time.Second
		if have := b.tokens.Load(); have < b.quiet*token {
			b.tokens.Add(min(seconds*token, b.quiet*token-have))
		}
	}
	if b.tokens.Load() < token {
		return false
	}
	b.tokens.Add(-token)
	return true
}
