package spinoff

import (
	"context"
	"reflect"
	"time"
)

// Topic declares events of one kind: something that has happened, which other apps may want to know. It is plain data and lives in a contract
// package beside the endpoints, versioned and frozen with them. T is a struct of plain data, as for an [Endpoint].
type Topic[T any] struct {
	Service Service
	Name    string // what has happened, in the past: "ticket.solved"
}

// Event is one event, with the attributes of CloudEvents 1.0.
type Event[T any] struct {
	ID      string    // the same however often the event is delivered, and in every version of its topic
	Source  string    // the app that tells it, as a URI reference: "/tickets"
	Type    string    // version and topic: "tickets.v1.ticket.solved"
	Subject string    // what it is about: "1042". Events about one subject are delivered in the order in which they were published
	Time    time.Time // when it was published, in UTC
	Data    T
}

// Publish puts an event into the transaction behind to, which is the transaction that makes the event true: both happen, or neither.
// subject names what the event is about, such as the number of a ticket. The event is delivered after the commit.
func (t Topic[T]) Publish(ctx context.Context, to Publisher, subject string, data T) error {
	return to.Publish(ctx, t.Kind(), subject, &data)
}

// Publisher takes events into a transaction. The transactions of package data do.
type Publisher interface {
	// Publish adds one event. data points to a value of the kind's type that nobody else holds.
	Publish(ctx context.Context, kind Kind, subject string, data any) error
}

// Consume pairs the topic with the function that acts on its events. Each event takes effect once: what handle writes to the app's own database is
// committed together with the note that the event has been handled, or not at all. An error, or a crash, means that the event is
// delivered again, later; after a number of tries it is put aside for people to look at. handle may be called concurrently for different subjects.
func (t Topic[T]) Consume(handle func(ctx context.Context, e Event[T]) error) Consumer {
	return Consumer{
		Kind: t.Kind(),
		Handle: func(ctx context.Context, e Event[any]) error {
			return handle(ctx, Event[T]{e.ID, e.Source, e.Type, e.Subject, e.Time, *e.Data.(*T)})
		},
	}
}

// Kind returns the topic without its type.
func (t Topic[T]) Kind() Kind {
	return Kind{Service: t.Service, Name: t.Name, Data: reflect.TypeFor[T]()}
}

// Announce says that the app publishes the topic, for [App.Publishes].
func (t Topic[T]) Announce() Announcement { return Announcement{Kind: t.Kind()} }

// AnnounceOlder says that whoever consumes an older version of a topic goes on receiving it: down converts each event of newer, which the app announces too.
func AnnounceOlder[T1, T2 any](older Topic[T1], newer Topic[T2], down func(T2) T1) Announcement {
	kind := newer.Kind()
	return Announcement{
		Kind:  older.Kind(),
		Newer: &kind,
		Convert: func(data any) any {
			converted := down(*data.(*T2))
			return &converted
		},
	}
}

// Kind is a [Topic] without its type.
type Kind struct {
	Service Service
	Name    string
	Data    reflect.Type
}

// String returns the type attribute of the events: "tickets.v1.ticket.solved".
func (k Kind) String() string { return k.Service.String() + "." + k.Name }

// Announcement is a topic that an app publishes. [Topic.Announce] and [AnnounceOlder] make one.
type Announcement struct {
	Kind
	Newer   *Kind              // for an older version: the topic that is published
	Convert func(data any) any // for an older version: makes a pointer to its data of a pointer to the newer one's
}

// Consumer is a topic together with what acts on its events. [Topic.Consume] makes one.
type Consumer struct {
	Kind
	Handle func(ctx context.Context, e Event[any]) error // Data is a pointer
	// OnlyNew says that a consumer which is new to the project begins with the events published from then on.
	// Default: it begins with the oldest that are retained.
	OnlyNew bool
}

// FromNow returns the consumer with OnlyNew set.
func (c Consumer) FromNow() Consumer {
	c.OnlyNew = true
	return c
}
