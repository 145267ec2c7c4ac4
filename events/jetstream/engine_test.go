package jetstream_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/events/jetstream"
)

const (
	stream  = "tickets"
	subject = "events.tickets.v1.ticket.solved"
)

// TestMain lets the tests start this program a second time, as another process of the same project: with ENGINE_FOLDER set it runs an
// engine, says its epoch, and closes it when its input ends.
func TestMain(m *testing.M) {
	folder := os.Getenv("ENGINE_FOLDER")
	if folder == "" {
		code := m.Run()
		os.Remove(binaryName())
		os.Exit(code)
	}
	e, err := jetstream.Open(context.Background(), jetstream.Options{Folder: folder, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("epoch", e.Epoch())
	bufio.NewScanner(os.Stdin).Scan()
	if err := e.Close(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("closed")
}

// process is another process of the project.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	lines *bufio.Scanner
	end   func() error // closes its input
	epoch string
}

func start(t testing.TB, folder string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ENGINE_FOLDER="+folder)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, lines: bufio.NewScanner(out), end: in.Close}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line := p.read()
	epoch, ok := strings.CutPrefix(line, "epoch ")
	if !ok {
		t.Fatalf("the other process says %q", line)
	}
	p.epoch = epoch
	return p
}

func (p *process) read() string {
	p.lines.Scan()
	return p.lines.Text()
}

func (p *process) kill() { p.cmd.Process.Kill(); p.cmd.Wait() }

func (p *process) close() {
	p.t.Helper()
	p.end()
	if line := p.read(); line != "closed" {
		p.t.Errorf("Close of the other process: %s", line)
	}
	p.cmd.Wait()
}

// open opens an engine that is closed when the test ends.
func open(t *testing.T, o jetstream.Options) *jetstream.Engine {
	t.Helper()
	e := mustOpen(t, o)
	t.Cleanup(func() { e.Close() })
	return e
}

func mustOpen(t *testing.T, o jetstream.Options) *jetstream.Engine {
	t.Helper()
	if o.Folder == "" && o.URL == "" {
		o.Folder = t.TempDir()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	e, err := jetstream.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return e
}

func messages(from, to int) []jetstream.Message {
	var ms []jetstream.Message
	for i := from; i <= to; i++ {
		ms = append(ms, jetstream.Message{
			ID:      fmt.Sprintf("%d/v1", i),
			Subject: subject,
			Header:  map[string]string{"ce-id": fmt.Sprint(i)},
			Data:    fmt.Appendf(nil, `{"number":%d}`, i),
		})
	}
	return ms
}

func publish(t *testing.T, e *jetstream.Engine, ms ...jetstream.Message) {
	t.Helper()
	if n, err := publishSome(t, e, ms); err != nil || n != len(ms) {
		t.Fatalf("Publish(%d messages): got %d, %v", len(ms), n, err)
	}
}

// publishSome publishes what can be published now.
func publishSome(t *testing.T, e *jetstream.Engine, ms []jetstream.Message) (int, error) {
	t.Helper()
	p, err := e.Publisher()
	if err != nil {
		return 0, err
	}
	return p.Publish(t.Context(), stream, ms)
}

// publishAll publishes as a relay does: from the first that is not acknowledged on, until all are.
func publishAll(t *testing.T, e *jetstream.Engine, ms []jetstream.Message) {
	t.Helper()
	for len(ms) > 0 {
		changed := e.Changed()
		n, err := publishSome(t, e, ms[:min(100, len(ms))])
		ms = ms[n:]
		if err != nil {
			t.Logf("Publish: %d acknowledged, then %v", n, err)
			select {
			case <-changed:
			case <-time.After(100 * time.Millisecond):
			case <-t.Context().Done():
				t.Fatal(err)
			}
		}
	}
}

// ids returns the ids of all messages of the stream, in order.
func ids(t *testing.T, e *jetstream.Engine) []string {
	t.Helper()
	ms, err := e.List(t.Context(), jetstream.Query{Stream: stream, Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return idsOf(ms)
}

func idsOf(ms []jetstream.Message) []string {
	var got []string
	for _, m := range ms {
		got = append(got, m.ID)
	}
	return got
}

// eventually waits for something that takes its time.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// inbox collects what a consumer is delivered.
type inbox struct {
	mu  sync.Mutex
	got []jetstream.Delivery
}

func (i *inbox) add(d jetstream.Delivery) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.got = append(i.got, d)
}

func (i *inbox) ids() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	var got []string
	for _, d := range i.got {
		got = append(got, d.ID)
	}
	return got
}

func (i *inbox) ack(d jetstream.Delivery) {
	i.add(d)
	d.Ack()
}

func (i *inbox) wait(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d deliveries", n), func() bool { return len(i.ids()) >= n })
}

func consume(t *testing.T, e *jetstream.Engine, c jetstream.Consumer, handle func(jetstream.Delivery)) (stop func()) {
	t.Helper()
	if c.Stream == "" {
		c.Stream = stream
	}
	if c.Subject == "" {
		c.Subject = subject
	}
	stop, err := e.Consume(t.Context(), c, handle)
	if err != nil {
		t.Fatalf("Consume(%+v): %v", c, err)
	}
	return stop
}

func TestPublishAndConsume(t *testing.T) {
	e := open(t, jetstream.Options{})
	if err := e.Check(t.Context()); err != nil {
		t.Errorf("Check: %v", err)
	}
	var got inbox
	consume(t, e, jetstream.Consumer{Name: "faqcreator"}, got.ack) // before the provider has published anything
	want := messages(1, 1000)
	publish(t, e, want...)
	publish(t, e, want[500:]...) // once more: ids drop them
	got.wait(t, 1000)
	if diff := cmp.Diff(idsOf(want), got.ids()); diff != "" {
		t.Errorf("delivered, in this order: -want +got\n%s", diff)
	}
	first := got.got[0]
	first.Time = time.Time{}
	want[0].Sequence = 1
	if diff := cmp.Diff(want[0], first.Message); diff != "" {
		t.Errorf("the first message: -want +got\n%s", diff)
	}
	eventually(t, "no lag", func() bool {
		streams, err := e.Streams(t.Context())
		return err == nil && len(streams) == 1 && streams[0].Messages == 1000 && streams[0].Consumers[0].Lag() == 0 && streams[0].Consumers[0].Done == 1000
	})
	if n, err := publishSome(t, e, []jetstream.Message{{ID: "big", Subject: subject, Data: make([]byte, jetstream.MaxMessage+1)}}); n != 0 || err == nil {
		t.Errorf("Publish(too big): got %d, %v, want an error", n, err)
	}
}

// Much goes to and fro over one connection at the same time, and neither side waits for the other to read.
func TestMuchAtOnce(t *testing.T) {
	e := open(t, jetstream.Options{})
	inboxes := make([]inbox, 8)
	for i := range inboxes {
		consume(t, e, jetstream.Consumer{Name: fmt.Sprint("consumer", i)}, inboxes[i].ack)
	}
	changed := e.Changed() // Open has told by now
	for i := range 8 {
		publish(t, e, messages(500*i+1, 500*i+500)...)
	}
	for i := range inboxes {
		inboxes[i].wait(t, 4000)
	}
	select {
	case <-changed:
		t.Error("the connection broke: one side gave up on the other")
	default:
	}
}

func TestOnlyNew(t *testing.T) {
	e := open(t, jetstream.Options{})
	publish(t, e, messages(1, 10)...)
	var got inbox
	stop := consume(t, e, jetstream.Consumer{Name: "late", OnlyNew: true}, got.ack)
	publish(t, e, messages(11, 12)...)
	got.wait(t, 2)
	stop()
	publish(t, e, messages(13, 13)...) // while it is away
	consume(t, e, jetstream.Consumer{Name: "late", OnlyNew: true}, got.ack)
	got.wait(t, 3)
	if diff := cmp.Diff([]string{"11/v1", "12/v1", "13/v1"}, got.ids()); diff != "" {
		t.Errorf("delivered: -want +got\n%s", diff)
	}
}

func TestRetry(t *testing.T) {
	e := open(t, jetstream.Options{})
	publish(t, e, messages(1, 3)...)
	var got inbox
	consume(t, e, jetstream.Consumer{Name: "slow"}, func(d jetstream.Delivery) {
		got.add(d)
		if d.ID == "2/v1" && d.Tries < 3 {
			d.Retry(20 * time.Millisecond)
			return
		}
		d.Ack()
	})
	got.wait(t, 5)
	if diff := cmp.Diff([]string{"1/v1", "2/v1", "3/v1", "2/v1", "2/v1"}, got.ids()); diff != "" {
		t.Errorf("delivered: -want +got\n%s", diff)
	}
}

// A position survives that its consumer, and the server, go away.
func TestPositionSurvives(t *testing.T) {
	folder := t.TempDir()
	e := mustOpen(t, jetstream.Options{Folder: folder})
	publish(t, e, messages(1, 20)...)
	var before, after inbox
	consume(t, e, jetstream.Consumer{Name: "faqcreator"}, func(d jetstream.Delivery) {
		if before.add(d); d.Sequence <= 15 {
			d.Ack()
		}
	})
	before.wait(t, 20)
	if err := e.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	e = open(t, jetstream.Options{Folder: folder})
	// What was delivered and not acknowledged comes again when its time is up; here a new one is enough to see that the first 15 do not.
	publish(t, e, messages(21, 21)...)
	consume(t, e, jetstream.Consumer{Name: "faqcreator"}, after.ack)
	after.wait(t, 1)
	if got := after.ids()[0]; got != "21/v1" && got != "16/v1" {
		t.Errorf("after the restart: got %s first, want 16 or 21", got)
	}
}

// Events of both versions of a topic are side by side. A consumer that changes over gets what it may have missed.
func TestChangeOfSubject(t *testing.T) {
	for _, onlyNew := range []bool{false, true} {
		e := open(t, jetstream.Options{})
		var v1, v2 inbox
		c := jetstream.Consumer{Name: "faqcreator", OnlyNew: onlyNew}
		stop := consume(t, e, c, v1.ack)
		for i := 1; i <= 400; i++ {
			both := append(messages(i, i), messages(i, i)...)
			both[1].ID, both[1].Subject = fmt.Sprintf("%d/v2", i), strings.Replace(subject, "v1", "v2", 1)
			publish(t, e, both...)
		}
		v1.wait(t, 400)
		eventually(t, "all acknowledged", func() bool {
			streams, err := e.Streams(t.Context())
			return err == nil && streams[0].Consumers[0].Done == 799
		})
		stop()
		c.Subject = strings.Replace(subject, "v1", "v2", 1)
		consume(t, e, c, v2.ack)
		v2.wait(t, 129)
		if got := v2.ids(); got[0] != "272/v2" || got[128] != "400/v2" {
			t.Errorf("only new %v: got %s to %s, want 272/v2, which is 256 messages before the last that was acknowledged, to 400/v2", onlyNew, got[0], got[128])
		}
	}
}

func TestStreamRemovedByHand(t *testing.T) {
	e := open(t, jetstream.Options{})
	var got inbox
	consume(t, e, jetstream.Consumer{Name: "faqcreator"}, got.ack)
	publish(t, e, messages(1, 2)...)
	got.wait(t, 2)
	if err := e.DeleteConsumer(t.Context(), stream, "faqcreator"); err != nil {
		t.Fatal(err)
	}
	got.wait(t, 4) // it begins again, by itself
	if diff := cmp.Diff([]string{"1/v1", "2/v1", "1/v1", "2/v1"}, got.ids()); diff != "" {
		t.Errorf("delivered: -want +got\n%s", diff)
	}
}

func TestList(t *testing.T) {
	e := open(t, jetstream.Options{})
	for i := 1; i <= 50; i++ {
		m := messages(i, i)
		if i%20 == 0 {
			m[0].Subject = "events.tickets.v1.ticket.reopened"
		}
		publish(t, e, m...)
	}
	for _, c := range []struct {
		query jetstream.Query
		want  []string
	}{
		{jetstream.Query{Limit: 2}, []string{"1/v1", "2/v1"}},
		{jetstream.Query{From: 49}, []string{"49/v1", "50/v1"}},
		{jetstream.Query{Newest: true, Limit: 2}, []string{"50/v1", "49/v1"}},
		{jetstream.Query{Newest: true, From: 3}, []string{"3/v1", "2/v1", "1/v1"}},
		{jetstream.Query{Subject: "events.tickets.v1.ticket.reopened"}, []string{"20/v1", "40/v1"}},
		{jetstream.Query{Subject: "events.tickets.*.ticket.reopened", Newest: true, Limit: 2}, []string{"40/v1", "20/v1"}},
		{jetstream.Query{Subject: "events.tickets.v9.>", Newest: true}, nil},
	} {
		c.query.Stream = stream
		got, err := e.List(t.Context(), c.query)
		if diff := cmp.Diff(c.want, idsOf(got)); diff != "" || err != nil {
			t.Errorf("List(%+v): %v, -want +got\n%s", c.query, err, diff)
		}
	}
	if m, err := e.Get(t.Context(), stream, 20); err != nil || m.ID != "20/v1" || string(m.Data) != `{"number":20}` || m.Time.IsZero() {
		t.Errorf("Get(20): got %+v, %v", m, err)
	}
	if _, err := e.Get(t.Context(), stream, 51); !errors.Is(err, jetstream.ErrNotFound) {
		t.Errorf("Get(51): got %v, want ErrNotFound", err)
	}
	if _, err := e.List(t.Context(), jetstream.Query{Stream: "nobody"}); !errors.Is(err, jetstream.ErrNotFound) {
		t.Errorf("List(nobody): got %v, want ErrNotFound", err)
	}
}

// TestLongPath has a folder whose path is too long for a socket.
func TestLongPath(t *testing.T) {
	folder := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	other := start(t, folder)
	e := open(t, jetstream.Options{Folder: folder})
	publish(t, e, messages(1, 3)...)
	address, err := os.ReadFile(filepath.Join(folder, "address"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{filepath.Dir(string(address)): 0o700, strings.TrimSpace(string(address)): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %v", name, info, err, want)
		}
	}
	other.close()
	if _, err := os.Stat(filepath.Dir(string(address))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the socket after the end: got %v, want that it is gone", err)
	}
}
