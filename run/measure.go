package run

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/events"
)

var ofCalls = []string{"side", "service", "version", "endpoint", "consumer", "placement"}

// What is measured. docs/observability.md has the same table for people, and a test compares the two.
var (
	callSeconds   = describe("call_duration_seconds", "How long calls took.", ofCalls...)
	callErrors    = describe("call_errors_total", "Calls that have failed.", append([]string{"code", "class"}, ofCalls...)...)
	callsInFlight = describe("calls_in_flight", "Calls that are being answered.", "service")
	appHere       = describe("app_here", "1 where the app runs in this process, else 0.", "app")

	loadLimit   = describe("admission_limit", "Calls and pages of the app that may be answered at the same time; it adapts.", "app")
	loadRunning = describe("admission_running", "Calls and pages of the app that are being answered, without those that only wait to send or to take more bytes.", "app")
	loadWaiting = describe("admission_waiting", "Calls and pages of the app that wait to begin.", "app")
	loadInside  = describe("admission_requests", "Requests over HTTP of the app that are not over, whatever they wait for.", "app")
	loadHeld    = describe("admission_body_bytes", "Bytes of request bodies that are held for the app.", "app")
	loadRefused = describe("admission_refused_total", "Calls and pages that were refused because the app had too much to do.", "app", "priority")

	databaseConnections  = describe("database_connections", "Connections that read.", "app", "state")
	databaseWaits        = describe("database_connection_waits_total", "How often somebody waited for a connection that reads.", "app")
	databaseWaitSeconds  = describe("database_connection_wait_seconds_total", "How long that was.", "app")
	databaseCommits      = describe("database_commits_total", "Commits.", "app")
	databaseTransactions = describe("database_transactions_total", "Transactions that write; several share a commit.", "app")
	databaseWriters      = describe("database_writers_waiting", "Transactions that wait for their turn to write.", "app")

	eventsWaiting = describe("events_waiting", "Events in the outbox that were not sent.", "app")
	eventsOldest  = describe("events_oldest_waiting_seconds", "How long the oldest of them waits; 0 where there is none.", "app")
	eventsFailed  = describe("events_failed", "Events that could not be handled: retrying, or dead, which wait for people.", "app", "state")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("spinoff_"+name, help, labels, nil)
}

func gauge(to chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func counter(to chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
}

// measureCalls sends what was counted of the calls that were answered here and of those that left.
func (p *Process) measureCalls(_ context.Context, to chan<- prometheus.Metric) {
	for _, a := range p.apps {
		here := 0.0
		if a.here() {
			here = 1
			gauge(to, callsInFlight, float64(a.provider.InFlight()), a.Name)
		}
		gauge(to, appHere, here, a.Name)
		sendCalls(to, "provider", a.provider.Measured())
		if remote := a.place.Load().remote; remote != nil {
			sendCalls(to, "consumer", remote.Measured())
		}
	}
}

func sendCalls(to chan<- prometheus.Metric, side string, all []call.Measured) {
	for _, m := range all {
		labels := []string{side, m.Service.Name, strconv.Itoa(m.Service.Version), m.FullName(), m.Consumer, string(m.Placement)}
		to <- histogram(m.Histogram, labels)
		for _, f := range m.Errors {
			counter(to, callErrors, float64(f.Calls), append([]string{f.Code, strconv.Itoa(f.Status/100) + "xx"}, labels...)...)
		}
	}
}

// The classic buckets of durations: every second one of those that are counted, from 4 µs to 16 s. Their bounds are powers of four of a second.
const firstBound, lastBound = 11, 33

// bounds returns the upper bounds of the classic buckets, in seconds.
func bounds() (all []float64) {
	for i := firstBound; i <= lastBound; i += 2 {
		all = append(all, call.UpperBound(i))
	}
	return all
}

// histogram returns how long calls took: with classic buckets, and with all of them as a native histogram.
func histogram(h call.Histogram, labels []string) prometheus.Metric {
	classic, sum := map[float64]uint64{}, uint64(0)
	for i, n := range h.Buckets {
		if sum += uint64(n); i >= firstBound && i <= lastBound && (i-firstBound)%2 == 0 {
			classic[call.UpperBound(i)] = sum
		}
	}
	return native{prometheus.MustNewConstHistogram(callSeconds, sum, h.Sum.Seconds(), classic, labels...), h}
}

// native adds to a histogram the buckets of a native one of schema 0, whose bounds are powers of two, as ours are. Only who asks for protobuf gets them.
type native struct {
	prometheus.Metric
	call.Histogram
}

// Write implements [prometheus.Metric].
func (n native) Write(m *dto.Metric) error {
	if err := n.Metric.Write(m); err != nil {
		return err
	}
	const one = 29 // bucket i has the upper bound 2^(i-29) seconds, and in a native histogram the number i-29
	schema, threshold, zero := int32(0), 0.0, uint64(0)
	h, before := m.GetHistogram(), int64(0)
	h.Schema, h.ZeroThreshold, h.ZeroCount = &schema, &threshold, &zero
	offset, length := int32(-one), uint32(len(n.Buckets))
	h.PositiveSpan = []*dto.BucketSpan{{Offset: &offset, Length: &length}}
	for _, count := range n.Buckets {
		h.PositiveDelta = append(h.PositiveDelta, count-before)
		before = count
	}
	return nil
}

// measureDatabases sends what the databases of the apps here do.
func (p *Process) measureDatabases(_ context.Context, to chan<- prometheus.Metric) {
	for _, a := range p.apps {
		db, ok := a.Data.(*data.DB)
		if !ok || !a.here() {
			continue
		}
		c, err := db.Counts()
		if err != nil { // it is closed, or about to be
			continue
		}
		gauge(to, databaseConnections, float64(c.Readers.InUse), a.Name, "in_use")
		gauge(to, databaseConnections, float64(c.Readers.Idle), a.Name, "idle")
		counter(to, databaseWaits, float64(c.Readers.WaitCount), a.Name)
		counter(to, databaseWaitSeconds, c.Readers.WaitDuration.Seconds(), a.Name)
		counter(to, databaseCommits, float64(c.Commits), a.Name)
		counter(to, databaseTransactions, float64(c.Transactions), a.Name)
		gauge(to, databaseWriters, float64(c.Waiting), a.Name)
	}
}

// measureEvents sends what waits in the databases of the apps here.
func (p *Process) measureEvents(ctx context.Context, to chan<- prometheus.Metric) {
	for _, a := range p.apps {
		db, ok := a.Data.(*data.DB)
		if !ok || !a.here() || a.box == nil {
			continue
		}
		if n, oldest, err := events.Waiting(ctx, db); err == nil {
			gauge(to, eventsWaiting, float64(n), a.Name)
			age := time.Duration(0)
			if oldest > 0 {
				age = max(p.options.Now().Sub(data.Time(oldest)), 0)
			}
			gauge(to, eventsOldest, age.Seconds(), a.Name)
		}
		if retrying, dead, err := events.CountFailed(ctx, db); err == nil {
			gauge(to, eventsFailed, float64(retrying), a.Name, "retrying")
			gauge(to, eventsFailed, float64(dead), a.Name, "dead")
		}
	}
}
