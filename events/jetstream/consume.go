package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	nj "github.com/nats-io/nats.go/jetstream"
)

// Consumer says which messages are delivered, and to whom.
type Consumer struct {
	Stream  string // made where the app that publishes has not done so yet
	Name    string // of the durable position: the same in every process that shares the work
	Subject string // which subject of the stream, or pattern
	OnlyNew bool   // where there is no position yet, begin with what is published from now on. Default: with the oldest that is retained
}

// Delivery is one message in the hands of a consumer. It is to be answered by Ack or Retry; without an answer for [AckWait] it is delivered again.
// The answers do not wait: one that gets lost means one more delivery.
type Delivery struct {
	Message
	Tries int // how often it was delivered, this time included
	msg   nj.Msg
}

// AckWait is how long a delivery may take before the message is delivered again.
const AckWait = 30 * time.Second

// How many deliveries may be unanswered at a time: of one consumer in all its processes, and ahead in this process.
const (
	maxUnanswered = 256
	maxAhead      = 128
)

// A consumer that changes over to another version of its topic begins so many messages before its position: both versions of an event are published
// side by side, and it may have acknowledged one of them out of order.
const stepBack = 256

// Ack says that the message has had its effect.
func (d Delivery) Ack() error { return d.msg.Ack() }

// Retry asks for the message again after a while.
func (d Delivery) Retry(after time.Duration) error { return d.msg.NakWithDelay(after) }

// InProgress asks for another [AckWait].
func (d Delivery) InProgress() error { return d.msg.InProgress() }

// Consume delivers messages until stop is called or the engine is closed, over reconnections. handle is called for one message after the other, in the
// order of the stream apart from repetitions, and should hand them over to goroutines: the next one waits until it returns.
// When Consume returns, the position exists, unless the engine is out of reach: then it is made as soon as it is back.
// stop waits until the last handle has returned; messages without an answer are delivered again, to whoever consumes then.
func (e *Engine) Consume(ctx context.Context, c Consumer, handle func(Delivery)) (stop func(), err error) {
	changed := e.Changed()
	position, err := e.position(ctx, c)
	if err != nil && !e.passing(err) {
		return nil, err
	}
	work, cancel := context.WithCancel(e.work)
	done := make(chan struct{})
	e.tasks.Go(func() {
		defer close(done)
		e.consume(work, c, position, changed, handle)
	})
	return func() { cancel(); <-done }, nil
}

// passing reports whether an error is one that time heals.
func (e *Engine) passing(err error) bool {
	return e.Epoch() == "" || errors.Is(err, ErrDisconnected) || disconnected(err) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, nats.ErrNoResponders)
}

// consume delivers, and makes the position anew when it has got lost.
func (e *Engine) consume(ctx context.Context, c Consumer, position nj.Consumer, changed <-chan struct{}, handle func(Delivery)) {
	for {
		if position != nil {
			e.deliver(ctx, position, changed, handle)
		}
		changed = e.Changed()
		var err error
		if position, err = e.position(ctx, c); err != nil && ctx.Err() == nil && e.Epoch() != "" {
			e.options.Log.Warn("consumer of events cannot go on, and tries again", "stream", c.Stream, "consumer", c.Name, "error", err)
		}
		if err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-e.closed:
			return
		case <-changed:
		case <-time.After(time.Second):
		}
	}
}

// deliver returns when ctx is done or the position has to be looked at: it has got lost, or the connection, with what was on its way.
func (e *Engine) deliver(ctx context.Context, position nj.Consumer, changed <-chan struct{}, handle func(Delivery)) {
	lost := make(chan struct{}, 1)
	var handling sync.Mutex
	consuming, err := position.Consume(
		func(m nj.Msg) {
			handling.Lock()
			defer handling.Unlock()
			if d, ok := delivery(m); ok && ctx.Err() == nil {
				handle(d)
			}
		},
		nj.PullMaxMessages(maxAhead),
		nj.PullHeartbeat(5*time.Second),
		nj.ConsumeErrHandler(func(_ nj.ConsumeContext, err error) {
			if errors.Is(err, nj.ErrConsumerDeleted) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nj.ErrNoHeartbeat) {
				select {
				case lost <- struct{}{}:
				default:
				}
			}
		}))
	if err != nil {
		return
	}
	select {
	case <-ctx.Done():
	case <-lost:
	case <-changed:
	case <-e.closed:
	case <-consuming.Closed(): // by itself
	}
	consuming.Stop()
	<-consuming.Closed()
	handling.Lock() // the last handle may still be at it
	defer handling.Unlock()
}

func delivery(m nj.Msg) (Delivery, bool) {
	meta, err := m.Metadata()
	if err != nil {
		return Delivery{}, false // no message of a stream
	}
	d := Delivery{Message: message(m.Subject(), m.Headers(), m.Data()), Tries: int(meta.NumDelivered), msg: m}
	d.Sequence, d.Time = meta.Sequence.Stream, meta.Timestamp.UTC()
	return d, true
}

// position returns the durable consumer, made where it is missing and led to another subject where that has changed.
func (e *Engine) position(ctx context.Context, c Consumer) (nj.Consumer, error) {
	epoch := e.Epoch()
	if epoch == "" {
		return nil, ErrDisconnected
	}
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	if err := e.seeToStream(ctx, c.Stream, epoch); err != nil {
		return nil, err
	}
	position, err := e.findPosition(ctx, c)
	if errors.Is(err, nj.ErrStreamNotFound) { // somebody has removed it
		if err := e.makeStream(ctx, c.Stream); err != nil {
			return nil, err
		}
		position, err = e.findPosition(ctx, c)
	}
	if err != nil {
		return nil, fmt.Errorf("consumer %s of stream %s: %w", c.Name, c.Stream, err)
	}
	return position, nil
}

func (e *Engine) findPosition(ctx context.Context, c Consumer) (nj.Consumer, error) {
	stream, err := e.js.Stream(ctx, c.Stream)
	if err != nil {
		return nil, err
	}
	position, err := stream.Consumer(ctx, c.Name)
	if errors.Is(err, nj.ErrConsumerNotFound) {
		return e.newPosition(ctx, stream, c)
	}
	if err != nil {
		return nil, err
	}
	info := position.CachedInfo()
	if info.Config.FilterSubject == c.Subject {
		if info.NumAckPending == 0 {
			return position, nil
		}
		// What somebody had in hands comes again now and in its order, and not when its time is over, after what follows it.
		_, err := stream.ResetConsumer(ctx, c.Name)
		return position, err
	}
	// First back, then over to the other subject: who is interrupted between the two comes here again.
	if err := restartConsumer(ctx, stream, info.Config, back(info.AckFloor.Stream)); err != nil {
		return nil, err
	}
	if position, err = stream.Consumer(ctx, c.Name); err != nil {
		return nil, err
	}
	config := position.CachedInfo().Config
	config.FilterSubject = c.Subject
	return stream.UpdateConsumer(ctx, config)
}

func back(from uint64) uint64 {
	if from <= stepBack {
		return 1
	}
	return from - stepBack
}

func (e *Engine) newPosition(ctx context.Context, stream nj.Stream, c Consumer) (nj.Consumer, error) {
	config := nj.ConsumerConfig{
		Durable:       c.Name,
		FilterSubject: c.Subject,
		AckPolicy:     nj.AckExplicitPolicy,
		AckWait:       AckWait,
		MaxAckPending: maxUnanswered,
		MaxDeliver:    -1, // who consumes decides when it is enough
	}
	if c.OnlyNew {
		config.DeliverPolicy = nj.DeliverByStartSequencePolicy
		config.OptStartSeq = stream.CachedInfo().State.LastSeq + 1
	}
	return stream.CreateOrUpdateConsumer(ctx, config)
}

// restartConsumer lets a consumer go on at a sequence. One that is not allowed to go before its start is made anew.
func restartConsumer(ctx context.Context, stream nj.Stream, config nj.ConsumerConfig, sequence uint64) error {
	_, err := stream.ResetConsumerToSequence(ctx, config.Durable, sequence)
	if !errors.Is(err, nj.ErrConsumerInvalidReset) {
		return err
	}
	if err := stream.DeleteConsumer(ctx, config.Durable); err != nil {
		return err
	}
	config.DeliverPolicy, config.OptStartSeq = nj.DeliverByStartSequencePolicy, sequence
	_, err = stream.CreateConsumer(ctx, config)
	return err
}

// StepBack lets a durable position go on with the messages that the stream has taken since a time, so that they are delivered once more. One that has never
// been there begins where it would have begun.
func (e *Engine) StepBack(ctx context.Context, stream, durable string, since time.Time) error {
	s, err := e.js.Stream(ctx, stream)
	if errors.Is(err, nj.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", stream, err)
	}
	position, err := s.Consumer(ctx, durable)
	if errors.Is(err, nj.ErrConsumerNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("consumer %s of stream %s: %w", durable, stream, err)
	}
	config := position.CachedInfo().Config
	config.DeliverPolicy, config.OptStartSeq, config.OptStartTime = nj.DeliverByStartTimePolicy, 0, &since
	if err := s.DeleteConsumer(ctx, durable); err != nil {
		return fmt.Errorf("delete consumer %s of stream %s: %w", durable, stream, err)
	}
	_, err = s.CreateConsumer(ctx, config)
	return err
}
