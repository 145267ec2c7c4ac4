package stackexchange_test

import (
	"fmt"
	stdhtml "html"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/faq/internal/stackexchange"
)

const posts = `<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="1" PostTypeId="1" AcceptedAnswerId="4" CreationDate="2014-01-21T20:26:05.383" Score="18" Body="&lt;p&gt;Why &lt;em&gt;hops&lt;/em&gt;?&lt;/p&gt;&#xA;" Title="What &amp; why?" Tags="&lt;hops&gt;&lt;ale&gt;" />
  <row Id="2" PostTypeId="1" CreationDate="2014-01-22T00:00:00.000" Score="-1" Body="&lt;p&gt;When?&lt;/p&gt;" Title="When?" Tags="|history|lager|" />
  <row Id="3" PostTypeId="2" ParentId="1" CreationDate="2014-01-22T00:00:00.000" Score="99" Body="&lt;p&gt;The best liked.&lt;/p&gt;" />
  <row Id="4" PostTypeId="2" ParentId="1" CreationDate="2014-01-22T00:00:00.000" Score="1" Body="&lt;p&gt;The accepted.&lt;/p&gt;" />
  <row Id="5" PostTypeId="4" CreationDate="2014-01-22T00:00:00.000" Score="0" Body="A tag." />
  <row Id="6" PostTypeId="2" ParentId="2" CreationDate="2014-01-22T00:00:00.000" Score="-3" Body="&lt;p&gt;Disliked.&lt;/p&gt;" />
  <row Id="7" PostTypeId="2" ParentId="2" CreationDate="2014-01-22T00:00:00.000" Score="5" Body="&lt;p&gt;Liked.&lt;/p&gt;" />
  <row Id="8" PostTypeId="2" ParentId="2" CreationDate="2014-01-22T00:00:00.000" Score="5" Body="&lt;p&gt;Liked as much, later.&lt;/p&gt;" />
  <row Id="9" PostTypeId="2" ParentId="11" CreationDate="2014-01-22T00:00:00.000" Score="0" Body="&lt;p&gt;Accepted before it was asked.&lt;/p&gt;" />
  <row Id="10" PostTypeId="2" ParentId="11" CreationDate="2014-01-22T00:00:00.000" Score="7" Body="&lt;p&gt;Liked before it was asked.&lt;/p&gt;" />
  <row Id="12" PostTypeId="1" CreationDate="2014-01-23T00:00:00.000" Score="0" Body="" Title="Nobody knows" Tags="" />
  <row Id="11" PostTypeId="1" AcceptedAnswerId="9" CreationDate="2014-01-22T00:00:00.000" Score="0" Body="&lt;p&gt;Merged.&lt;/p&gt;" Title="Merged" Tags="&lt;hops&gt;" />
  <row Id="13" PostTypeId="2" ParentId="999" CreationDate="2014-01-22T00:00:00.000" Score="0" Body="The question is gone." />
</posts>`

const postLinks = `<postlinks>
  <row Id="1" PostId="1" RelatedPostId="12" LinkTypeId="1" />
  <row Id="2" PostId="1" RelatedPostId="2" LinkTypeId="1" />
  <row Id="3" PostId="1" RelatedPostId="2" LinkTypeId="1" />
  <row Id="4" PostId="1" RelatedPostId="777" LinkTypeId="1" />
  <row Id="5" PostId="4" RelatedPostId="2" LinkTypeId="1" />
  <row Id="6" PostId="12" RelatedPostId="1" LinkTypeId="3" />
</postlinks>`

func questions() []stackexchange.Question {
	day := func(d int) time.Time { return time.Date(2014, 1, d, 0, 0, 0, 0, time.UTC) }
	return []stackexchange.Question{
		{
			ID: 1, Title: "What & why?", Body: "Why *hops*?", Tags: []string{"hops", "ale"}, Answer: "The accepted.", AnswerAccepted: true, Score: 18,
			CreatedAt: time.Date(2014, 1, 21, 20, 26, 5, 383e6, time.UTC), Related: []int64{2, 12},
		},
		{ID: 2, Title: "When?", Body: "When?", Tags: []string{"history", "lager"}, Answer: "Liked.", Score: -1, CreatedAt: day(22)},
		{ID: 11, Title: "Merged", Body: "Merged.", Tags: []string{"hops"}, Answer: "Accepted before it was asked.", AnswerAccepted: true, CreatedAt: day(22)},
		{ID: 12, Title: "Nobody knows", Tags: []string{}, CreatedAt: day(23), DuplicateOf: 1},
	}
}

// write writes files into a folder of the test, and returns the path of Posts.xml there.
func write(t *testing.T, posts, links string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"Posts.xml": posts, "PostLinks.xml": links} {
		if content == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "Posts.xml")
}

// collect reads all questions and the error, which has to come last.
func collect(t *testing.T, path string) ([]stackexchange.Question, error) {
	t.Helper()
	var all []stackexchange.Question
	var failed error
	for q, err := range stackexchange.Questions(path, nil) {
		if failed != nil {
			t.Fatalf("Questions goes on after the error %v", failed)
		}
		if failed = err; err == nil {
			all = append(all, q)
		}
	}
	return all, failed
}

func TestQuestions(t *testing.T) {
	for name, content := range map[string]string{"plain": posts, "with a byte order mark": "\uFEFF" + posts, "Windows line ends": strings.ReplaceAll(posts, "\n", "\r\n")} {
		t.Run(name, func(t *testing.T) {
			got, err := collect(t, write(t, content, postLinks))
			if err != nil {
				t.Fatalf("Questions: %v", err)
			}
			if diff := cmp.Diff(questions(), got); diff != "" {
				t.Errorf("Questions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuestionsStops(t *testing.T) {
	n := 0
	for range stackexchange.Questions(write(t, posts, "<postlinks><"), nil) {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("Questions yielded %d times, want 2 until the break", n)
	}
}

func TestQuestionsOfBrokenFiles(t *testing.T) {
	cut := strings.Index(posts, `<row Id="12"`)
	at := fmt.Sprintf("byte %d ", cut)
	tests := []struct {
		name, posts, links string
		questions          int
		want               []string // in the error
	}{
		{"cut off between rows", posts[:cut], "", 2, []string{"after row 10", at, "unexpected EOF"}},
		{"cut off in a row", posts[:cut+20], "", 2, []string{"after row 10", at, "unexpected EOF"}},
		{"not XML", posts[:cut] + "<<<", "", 2, []string{"after row 10"}},
		{"id that is no number", strings.Replace(posts, `Id="12"`, `Id="x"`, 1), "", 2, []string{"row 11", at, `Id: strconv.ParseInt: parsing "x"`}},
		{"no id", strings.Replace(posts, `Id="12"`, ``, 1), "", 2, []string{"row 11", at, "no Id"}},
		{"no date", strings.Replace(posts, `2014-01-23T`, `yesterday`, 1), "", 2, []string{"row 11", at, "CreationDate"}},
		{"answer to nothing", strings.Replace(posts, `ParentId="11"`, ``, 1), "", 2, []string{"row 9", "no ParentId"}},
		{"another file", strings.ReplaceAll(posts, "posts>", "users>"), "", 0, []string{"<users>", "want <posts>"}},
		{"empty", " ", "", 0, []string{"no <posts>"}},
		{"broken links", posts, "<postlinks><row ", 4, []string{"postlinks", "unexpected EOF"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := collect(t, write(t, tt.posts, tt.links))
			if len(got) != tt.questions {
				t.Errorf("Questions yielded %d questions before the error, want %d", len(got), tt.questions)
			}
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("Questions: %v, want an error with %q", err, want)
				}
			}
		})
	}
	if _, err := collect(t, filepath.Join(t.TempDir(), "Posts.xml")); !os.IsNotExist(err) && !strings.Contains(fmt.Sprint(err), "no such file") {
		t.Errorf("Questions of a missing file: %v", err)
	}
}

func TestRealDumps(t *testing.T) {
	tests := []struct {
		site                                string
		posts, questions, answers, accepted int
		related, duplicates                 int // questions that have some
	}{
		{"stackexchange-beer", 2354, 663, 1572, 410, 0, 0},
		{"stackexchange-conlang-meta", 177, 54, 115, 11, 12, 1},
	}
	for _, tt := range tests {
		t.Run(tt.site, func(t *testing.T) {
			path := data(t, filepath.Join("faq", tt.site, "Posts.xml"))
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(string(raw), "<row "); got != tt.posts {
				t.Errorf("the file has %d posts, want %d", got, tt.posts)
			}
			if got := strings.Count(string(raw), ` PostTypeId="2"`); got != tt.answers {
				t.Errorf("the file has %d answers, want %d", got, tt.answers)
			}
			start := time.Now()
			all, err := collect(t, path)
			if err != nil {
				t.Fatalf("Questions: %v", err)
			}
			took := time.Since(start)
			var accepted, answered, related, duplicates int
			for i, q := range all {
				if i > 0 && all[i-1].ID >= q.ID {
					t.Errorf("question %d comes after %d", q.ID, all[i-1].ID)
				}
				accepted += count(q.AnswerAccepted)
				answered += count(q.Answer != "")
				related += count(len(q.Related) > 0)
				duplicates += count(q.DuplicateOf != 0)
			}
			got := []int{len(all), accepted, related, duplicates}
			if diff := cmp.Diff([]int{tt.questions, tt.accepted, tt.related, tt.duplicates}, got); diff != "" {
				t.Errorf("questions, accepted, with related, duplicates (-want +got):\n%s", diff)
			}
			t.Logf("%d questions, %d answered, %d accepted, %d with related, %d duplicates in %v", len(all), answered, accepted, related, duplicates, took)
		})
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Every body of the real dumps, be it the best answer or not, shows the same text once it has been through Markdown.
func TestRealPostsKeepTheirText(t *testing.T) {
	for _, site := range []string{"stackexchange-beer", "stackexchange-conlang-meta"} {
		raw, err := os.ReadFile(data(t, filepath.Join("faq", site, "Posts.xml")))
		if err != nil {
			t.Fatal(err)
		}
		bodies := regexp.MustCompile(` Body="([^"]*)"`).FindAllStringSubmatch(string(raw), -1)
		same := 0
		marks := map[string][2]int{}
		for _, m := range bodies {
			source := stdhtml.UnescapeString(m[1])
			markdown := stackexchange.Markdown(source)
			same += count(checkText(t, source, markdown, true))
			countMarks(marks, source, markdown)
		}
		t.Logf("%s: %d of %d bodies show the same text", site, same, len(bodies))
		for _, name := range []string{"a", "img", "em", "strong", "code", "pre", "blockquote", "li", "hr", "h2", "br"} {
			t.Logf("%s: %s: %d of %d kept", site, name, marks[name][1], marks[name][0])
		}
	}
}

// What is held in memory does not grow with the texts.
func TestMemory(t *testing.T) {
	var b strings.Builder
	b.WriteString("<posts>\n")
	body := strings.Repeat("word ", 2000)
	const n = 3000
	for i := 1; i <= n; i++ {
		b.WriteString(`<row Id="` + strconv.Itoa(i) + `" PostTypeId="1" CreationDate="2014-01-22T00:00:00.000" Score="0" Title="t" Body="` + body + `" />` + "\n")
	}
	b.WriteString("</posts>")
	path := write(t, b.String(), "")
	size := b.Len()
	b = strings.Builder{}
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	seen, most, last := 0, uint64(0), int64(0)
	progress := func(read, total int64) {
		if read < last || total != 2*int64(size) || read > total {
			t.Errorf("progress(%d, %d) after %d, want it to grow to %d", read, total, last, 2*size)
		}
		last = read
	}
	for _, err := range stackexchange.Questions(path, progress) {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen%500 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	if seen != n || last != 2*int64(size) {
		t.Errorf("%d questions, progress %d, want %d and %d", seen, last, n, 2*size)
	}
	if held := int64(most) - int64(before.HeapAlloc); held > int64(size)/10 {
		t.Errorf("held %d bytes of a file of %d", held, size)
	} else {
		t.Logf("held %d bytes of a file of %d", held, size)
	}
}
