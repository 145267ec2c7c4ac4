package call

import (
	"errors"
	"log/slog"
	"time"

	"github.com/spinoff-go/spinoff"
)

// The sides of a call, as logs have them.
const (
	providerSide = "provider"
	consumerSide = "consumer"
)

// slow is how long a call takes that is logged as a slow one.
const slow = time.Second

// logCall writes the one line that a call has in the log of each side: everything that is known of it when it has ended. err is why it has failed, with
// what the caller may not see. Most calls are written on the level debug only.
func (e *endpoint) logCall(s *scope, side string, took time.Duration, out any, told *spinoff.Error, err error, log *slog.Logger) {
	level, message := slog.LevelDebug, "call"
	cause := error(nil)
	if told != nil {
		message = "call failed"
		if narrowed := spinoff.AsError(err); narrowed != nil {
			cause = errors.Unwrap(narrowed)
		}
	}
	switch {
	case told != nil && isLoud(told, cause):
		level = slog.LevelError
		if side == consumerSide { // the provider's line says more, where there is one
			level = slog.LevelWarn
		}
	case took >= slow:
		level, message = slog.LevelWarn, "slow "+message
	}
	if !log.Enabled(s, level) {
		return
	}
	status, code := e.outcome(out, told)
	attributes := make([]slog.Attr, 0, 11)
	if side == consumerSide { // the log is not that of one app
		attributes = append(attributes, slog.String("app", s.consumer))
	}
	attributes = append(attributes,
		slog.String("endpoint", e.name), slog.String("side", side), slog.String("consumer", s.consumer),
		slog.String("placement", string(s.placement())), slog.Int("status", status), Millis(took))
	if s.replayed {
		attributes = append(attributes, slog.Bool("replayed", true))
	}
	if told != nil {
		attributes = append(attributes, slog.String("code", code), slog.Any("error", err))
	}
	if cause != nil {
		attributes = append(attributes, slog.Any("cause", cause))
	}
	log.LogAttrs(s, level, message, attributes...)
}

// isLoud reports whether somebody has to look into a failure: not where the request was at fault, the time was over, or there was too much to do.
func isLoud(told *spinoff.Error, cause error) bool {
	switch told.Code {
	case spinoff.ErrTimeout.Code, spinoff.ErrOverloaded.Code:
		return cause != nil
	}
	return cause != nil || told.Status >= 500
}

// Millis is how long something took, as logs have it.
func Millis(took time.Duration) slog.Attr {
	return slog.Float64("duration_ms", float64(took.Microseconds())/1000)
}

// ended counts a call that was made, and writes its line.
func (c *Remote) ended(s *scope, e *endpoint, out any, told *spinoff.Error) {
	took := clock() - s.start
	e.counts.count(true, c.consumers.number(s.consumer), took, told)
	err := error(nil)
	if told != nil {
		err = told
	}
	e.logCall(s, consumerSide, took, out, told, err, c.log)
	s.endSpans(e, out, told)
}
