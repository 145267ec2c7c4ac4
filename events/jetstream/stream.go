package jetstream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	nj "github.com/nats-io/nats.go/jetstream"
)

// Stream is what an app has published and the engine has kept.
type Stream struct {
	Name            string
	Messages        uint64
	Bytes, MaxBytes int64
	First, Last     uint64    // sequences; an empty stream has a first behind its last
	Oldest, Newest  time.Time // when the first and the last were published; zero without messages
	Consumers       []ConsumerState
}

// ConsumerState is how far a consumer has come.
type ConsumerState struct {
	Name        string
	Subject     string // what it consumes
	Done        uint64 // it has acknowledged everything up to this sequence
	Pending     uint64 // messages that were not delivered yet
	InFlight    int    // delivered and not acknowledged yet
	Redelivered int    // of those, delivered more than once
}

// Lag returns how many messages the consumer has yet to acknowledge.
func (c ConsumerState) Lag() uint64 { return c.Pending + uint64(c.InFlight) }

// ours marks a stream as one of this package, so that housekeeping leaves those of other programs alone.
const ours = "spinoff"

// Streams returns the streams and their consumers, in the order of their names. Streams of other programs on an external server are not among them.
func (e *Engine) Streams(ctx context.Context) ([]Stream, error) {
	var streams []Stream
	list := e.js.ListStreams(ctx)
	for info := range list.Info() {
		if info.Config.Metadata[ours] == "" {
			continue
		}
		s := Stream{
			Name:     info.Config.Name,
			Messages: info.State.Msgs,
			Bytes:    int64(info.State.Bytes),
			MaxBytes: info.Config.MaxBytes,
			First:    info.State.FirstSeq,
			Last:     info.State.LastSeq,
		}
		if s.Messages > 0 {
			s.Oldest, s.Newest = info.State.FirstTime, info.State.LastTime
		}
		streams = append(streams, s)
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	for i := range streams {
		var err error
		if streams[i].Consumers, err = e.consumers(ctx, streams[i].Name); err != nil {
			return nil, fmt.Errorf("list consumers of %s: %w", streams[i].Name, err)
		}
	}
	slices.SortFunc(streams, func(a, b Stream) int { return strings.Compare(a.Name, b.Name) })
	return streams, nil
}

func (e *Engine) consumers(ctx context.Context, stream string) ([]ConsumerState, error) {
	s, err := e.js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	var consumers []ConsumerState
	list := s.ListConsumers(ctx)
	for c := range list.Info() {
		if c.Config.Durable == "" {
			continue
		}
		consumers = append(consumers, ConsumerState{
			Name:        c.Name,
			Subject:     c.Config.FilterSubject,
			Done:        c.AckFloor.Stream,
			Pending:     c.NumPending,
			InFlight:    c.NumAckPending,
			Redelivered: c.NumRedelivered,
		})
	}
	slices.SortFunc(consumers, func(a, b ConsumerState) int { return strings.Compare(a.Name, b.Name) })
	return consumers, list.Err()
}

// DeleteConsumer removes a durable consumer that nobody needs any more, so that the stream no longer keeps events for it.
func (e *Engine) DeleteConsumer(ctx context.Context, stream, durable string) error {
	if err := e.js.DeleteConsumer(ctx, stream, durable); err != nil {
		return fmt.Errorf("delete consumer %s of stream %s: %w", durable, stream, err)
	}
	return nil
}

// seeToStream makes the stream unless this process has done so in the epoch.
func (e *Engine) seeToStream(ctx context.Context, name, epoch string) error {
	e.mu.Lock()
	made := e.made[name] == epoch
	e.mu.Unlock()
	if made {
		return nil
	}
	if err := e.makeStream(ctx, name); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.made[name] = epoch
	return nil
}

// makeStream makes a stream, or gives one that is there today's bounds.
func (e *Engine) makeStream(ctx context.Context, name string) error {
	want := nj.StreamConfig{
		Name:        name,
		Description: "events of the app " + name,
		Subjects:    []string{"events." + name + ".>"},
		Storage:     nj.FileStorage,
		Discard:     nj.DiscardNew, // nothing that somebody still needs is ever dropped
		MaxBytes:    e.options.MaxBytes,
		MaxMsgs:     -1,
		Duplicates:  e.options.Duplicates,
		Replicas:    e.replicas(),
		AllowDirect: true,
		Metadata:    map[string]string{ours: "events"},
	}
	stream, err := e.js.Stream(ctx, name)
	if errors.Is(err, nj.ErrStreamNotFound) {
		_, err = e.js.CreateStream(ctx, want)
		if !errors.Is(err, nj.ErrStreamNameAlreadyInUse) { // made by another process at this moment
			return wrapStream(name, err)
		}
		stream, err = e.js.Stream(ctx, name)
	}
	if err != nil {
		return wrapStream(name, err)
	}
	have := stream.CachedInfo().Config
	if have.Metadata[ours] == "" {
		return fmt.Errorf("stream %s is there already and belongs to another program: use another NATS account for this project", name)
	}
	if e.options.Replicas == 0 {
		want.Replicas = have.Replicas
	}
	if have.MaxBytes == want.MaxBytes && have.Duplicates == want.Duplicates && have.Replicas == want.Replicas {
		return nil
	}
	have.MaxBytes, have.Duplicates, have.Replicas = want.MaxBytes, want.Duplicates, want.Replicas
	have.Metadata = maps.Clone(have.Metadata)
	_, err = e.js.UpdateStream(ctx, have)
	return wrapStream(name, err)
}

func wrapStream(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("make stream %s: %w", name, err)
}

func (e *Engine) replicas() int {
	switch {
	case e.options.Replicas > 0:
		return e.options.Replicas
	case e.nc.ConnectedClusterName() != "" && len(e.nc.Servers()) >= 3:
		return 3
	default:
		return 1
	}
}
