package telemetry_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/spinofftest"
	"github.com/spinoff-go/spinoff/trace"
)

const (
	outside = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	quiet   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// visit gets a page and returns what it says. The page says the traceparent that its last call had.
func visit(t *testing.T, url, parent string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if parent != "" {
		r.Header.Set("traceparent", parent)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wants are the spans of a visit, which are the same in every placement.
var wants = map[string]string{
	"lamp": `GET /desk/buy/{item} server http.request.method=GET http.response.status_code=200 http.route=/desk/buy/{item} spinoff.app=desk
  shop.v1.place client http.request.method=POST http.response.status_code=200 rpc.method=shop.v1.place rpc.system.name=spinoff spinoff.app=desk spinoff.consumer=desk
    shop.v1.place server http.request.method=POST http.response.status_code=200 rpc.method=shop.v1.place rpc.system.name=spinoff spinoff.app=shop spinoff.consumer=desk
      process shop.v1.item.ordered consumer messaging.destination.name=shop.v1.item.ordered messaging.operation.name=process messaging.operation.type=process messaging.system=nats spinoff.app=mail
        stock.v1.take client http.request.method=POST http.response.status_code=200 rpc.method=stock.v1.take rpc.system.name=spinoff spinoff.app=mail spinoff.consumer=mail
          stock.v1.take server http.request.method=POST http.response.status_code=200 rpc.method=stock.v1.take rpc.system.name=spinoff spinoff.app=stock spinoff.consumer=mail
      stock.v1.take client http.request.method=POST http.response.status_code=200 rpc.method=stock.v1.take rpc.system.name=spinoff spinoff.app=shop spinoff.consumer=shop
        stock.v1.take server http.request.method=POST http.response.status_code=200 rpc.method=stock.v1.take rpc.system.name=spinoff spinoff.app=stock spinoff.consumer=shop
`,
	"sold": `GET /desk/buy/{item} server http.request.method=GET http.response.status_code=502 http.route=/desk/buy/{item} spinoff.app=desk failed: 502
  shop.v1.place client error.type=internal http.request.method=POST http.response.status_code=500 rpc.method=shop.v1.place rpc.system.name=spinoff spinoff.app=desk spinoff.consumer=desk failed: internal
    shop.v1.place server error.type=internal http.request.method=POST http.response.status_code=500 rpc.method=shop.v1.place rpc.system.name=spinoff spinoff.app=shop spinoff.consumer=desk failed: internal
      stock.v1.take client error.type=stock.sold http.request.method=POST http.response.status_code=409 rpc.method=stock.v1.take rpc.system.name=spinoff spinoff.app=shop spinoff.consumer=shop failed: stock.sold
        stock.v1.take server error.type=stock.sold http.request.method=POST http.response.status_code=409 rpc.method=stock.v1.take rpc.system.name=spinoff spinoff.app=stock spinoff.consumer=shop
`,
	"broken": `GET /desk/buy/{item} server http.request.method=GET http.response.status_code=502 http.route=/desk/buy/{item} spinoff.app=desk failed: 502
  shop.v1.place client error.type=internal http.request.method=POST http.response.status_code=500 rpc.method=shop.v1.place rpc.system.name=spinoff spinoff.app=desk spinoff.consumer=desk failed: internal
    shop.v1.place server error.type=internal http.request.method=POST http.response.status_code=500 rpc.method=shop.v1.place rpc.system.name=spinoff spinoff.app=shop spinoff.consumer=desk failed: internal
      stock.v1.take client error.type=internal http.request.method=POST http.response.status_code=500 rpc.method=stock.v1.take rpc.system.name=spinoff spinoff.app=shop spinoff.consumer=shop failed: internal
        stock.v1.take server error.type=internal http.request.method=POST http.response.status_code=500 rpc.method=stock.v1.take rpc.system.name=spinoff spinoff.app=stock spinoff.consumer=shop failed: internal
`,
}

// TestOneTraceInEveryPlacement: a page, what it calls, what those call, and who hears of it are one trace, the same in process and over HTTP. It goes on
// where somebody outside has begun it.
func TestOneTraceInEveryPlacement(t *testing.T) {
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
	collector := newCollector(t)
	n := 0
	spinofftest.RunIn(t, project(), "stock", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}, func(t *testing.T, site *spinofftest.Site) {
		if site.Placement == "two of each" {
			t.Skip("each call is sent twice there, and each sending is a span of its provider")
		}
		for item, want := range wants {
			n++
			id := strings.Repeat("0", 31) + string("0123456789abcdef"[n])
			visit(t, site.URL+"/desk/buy/"+item, "00-"+id+"-b7ad6b7169203331-01")
			spans := collector.wait(id, strings.Count(want, "\n"))
			if diff := cmp.Diff(want, collector.tree(spans, "\xb7\xadk\x71\x69\x20\x33\x31")); diff != "" {
				t.Errorf("visit %s: the trace (-want +got):\n%s", item, diff)
			}
			for _, s := range spans {
				apart := site.Placement == "all apart" || site.Placement == "stock apart" && strings.HasPrefix(s.Name, "stock.")
				placement := map[bool]string{true: "http", false: "in_process"}[apart]
				if got := attribute(s, "spinoff.placement"); strings.Contains(s.Name, ".v1.") && !strings.HasPrefix(s.Name, "process") && got != placement {
					t.Errorf("%s: span %s says that it was %s, want %s", site.Placement, s.Name, got, placement)
				}
			}
		}
		if site.Placement != "together" {
			return
		}
		last := visit(t, site.URL+"/desk/buy/lamp", "") // a trace that begins here
		id, _ := trace.IDs(last)
		if spans := collector.wait(id, 8); collector.tree(spans, "") != wants["lamp"] {
			t.Errorf("a trace that begins here is %s", collector.tree(spans, ""))
		}
	})
}

// TestProxiedPage: the process in front has a span of its own, above that of the page.
func TestProxiedPage(t *testing.T) {
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
	collector := newCollector(t)
	spinofftest.RunIn(t, project(), "desk", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL}, func(t *testing.T, site *spinofftest.Site) {
		if site.Placement != "desk apart" {
			return
		}
		id, _ := trace.IDs(visit(t, site.URL+"/desk/buy/lamp", ""))
		want := "GET /desk/… server http.request.method=GET http.response.status_code=200 http.route=/desk/… spinoff.app=desk\n"
		for line := range strings.Lines(wants["lamp"]) {
			want += "  " + line
		}
		if diff := cmp.Diff(want, collector.tree(collector.wait(id, 9), "")); diff != "" {
			t.Errorf("the trace (-want +got):\n%s", diff)
		}
	})
}

// TestWhatIsNotRecorded goes on all the same, with a traceparent that says so.
func TestWhatIsNotRecorded(t *testing.T) {
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
	type visited struct {
		name, parent string
		same         bool // whether the trace goes on
	}
	collector := newCollector(t)
	for sampler, visits := range map[string][]visited{
		"always_off": {{"recorded outside", outside, true}},
		"parentbased_always_off": {
			{"not recorded outside", quiet, true}, {"nothing begins here", "", false}, {"what is none", "00-zz", false}, {"two in one", outside + "," + outside, false},
		},
	} {
		environ := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_TRACES_SAMPLER": sampler}
		spinofftest.RunIn(t, project(), "stock", environ, func(t *testing.T, site *spinofftest.Site) {
			for _, v := range visits {
				got := visit(t, site.URL+"/desk/buy/lamp", v.parent)
				id, _ := trace.IDs(got)
				if same := strings.Contains(outside, id); trace.Parse(got) != got || trace.Sampled(got) || same != v.same {
					t.Errorf("%s: with traceparent %q the last call has %q, want one that is not sampled, of the same trace: %v", v.name, v.parent, got, v.same)
				}
			}
		})
	}
	if len(collector.spans) > 0 { // the sites are closed, and what they had is sent
		t.Errorf("%d spans were recorded, want none", len(collector.spans))
	}
}

// TestWithoutTelemetry: what comes from outside goes on as it is, so that it may be recorded elsewhere.
func TestWithoutTelemetry(t *testing.T) {
	spinofftest.Run(t, project(), "stock", func(t *testing.T, site *spinofftest.Site) {
		for _, parent := range []string{outside, quiet, ""} {
			if got := visit(t, site.URL+"/desk/buy/lamp", parent); got != parent {
				t.Errorf("with traceparent %q the last call has %q, want the same", parent, got)
			}
		}
	})
}
