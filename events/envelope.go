package events

import (
	"fmt"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/events/jetstream"
	"github.com/spinoff-go/spinoff/trace"
)

// An event travels as the NATS protocol binding of CloudEvents 1.0 has it in binary mode: attributes in headers, data in the payload.
const (
	headerID      = "ce-id"
	headerSource  = "ce-source"
	headerType    = "ce-type"
	headerSubject = "ce-subject"
	headerTime    = "ce-time"
	headerTrace   = "ce-traceparent" // of the extension "distributed tracing": what published it; absent where that is not traced
)

// envelope is an event whose data is still JSON.
type envelope struct {
	ID, Source, Kind, Subject string
	Time                      time.Time
	Data                      []byte
	Trace                     string // the traceparent of what published it
}

// subjectOf returns where NATS carries events of a kind.
func subjectOf(kind string) string { return "events." + kind }

// message returns the event as it travels. All versions of an event have its id; the engine tells them apart by their kind.
func (e envelope) message() jetstream.Message {
	header := map[string]string{
		"ce-specversion": "1.0", headerID: e.ID, headerSource: e.Source, headerType: e.Kind, headerSubject: e.Subject,
		headerTime: e.Time.UTC().Format(time.RFC3339Nano), "content-type": "application/json",
	}
	if e.Trace != "" {
		header[headerTrace] = e.Trace
	}
	return jetstream.Message{ID: e.ID + "/" + e.Kind, Subject: subjectOf(e.Kind), Header: header, Data: e.Data}
}

// open reads an event that has travelled.
func open(m jetstream.Message) (envelope, error) {
	e := envelope{ID: m.Header[headerID], Source: m.Header[headerSource], Kind: m.Header[headerType], Subject: m.Header[headerSubject], Data: m.Data}
	at, err := time.Parse(time.RFC3339Nano, m.Header[headerTime])
	if err == nil && (e.ID == "" || e.Kind == "") {
		err = fmt.Errorf("it has no %s or no %s", headerID, headerType)
	}
	if err != nil {
		return e, fmt.Errorf("message %d of %s is not an event: %w", m.Sequence, m.Subject, err)
	}
	e.Time, e.Trace = at, trace.Parse(m.Header[headerTrace])
	return e, nil
}

// event returns the event for a handler.
func (e envelope) event(decoded any) spinoff.Event[any] {
	return spinoff.Event[any]{ID: e.ID, Source: e.Source, Type: e.Kind, Subject: e.Subject, Time: e.Time, Data: decoded}
}
