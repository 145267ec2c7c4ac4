package provider

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
	"github.com/spinoff-go/spinoff/apps/faq/internal/stackexchange"
)

// Import takes in the questions of a Stack Exchange dump: path is its Posts.xml or the folder that it is in. The name of the folder
// names the site, so that the questions of two sites do not mix.
func (p *Provider) Import(ctx context.Context, path string, report func(spinoff.Progress)) (spinoff.Progress, error) {
	path, site, err := locate(path)
	if err != nil {
		return spinoff.Progress{}, err
	}
	var mu sync.Mutex
	var read, total int64
	done := func(progress spinoff.Progress) spinoff.Progress {
		mu.Lock()
		defer mu.Unlock()
		progress.Read, progress.Total = read, total
		return progress
	}
	questions := stackexchange.Questions(path, func(r, t int64) {
		mu.Lock()
		defer mu.Unlock()
		read, total = r, t
	})
	progress, err := p.models.Import(ctx, imported(questions, "stackexchange:"+site+":"), func(progress spinoff.Progress) { report(done(progress)) })
	return done(progress), err
}

// locate returns the file of a dump and the name of its site.
func locate(path string) (file, site string, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return "", "", err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "Posts.xml")
	}
	if _, err := os.Stat(path); err != nil {
		return "", "", fmt.Errorf("%w; the dump of a Stack Exchange site is a folder with a file Posts.xml", err)
	}
	return path, strings.ToLower(filepath.Base(filepath.Dir(path))), nil
}

// imported makes entries of questions; origin and the number of a question name it for ever.
func imported(questions iter.Seq2[stackexchange.Question, error], origin string) iter.Seq2[models.Imported, error] {
	return func(yield func(models.Imported, error) bool) {
		for q, err := range questions {
			entry := models.Imported{Origin: fmt.Sprint(origin, q.ID), Title: q.Title, Answer: q.Answer, Tags: q.Tags, At: q.CreatedAt}
			for _, other := range q.Related {
				entry.Related = append(entry.Related, fmt.Sprint(origin, other))
			}
			if !yield(entry, err) {
				return
			}
		}
	}
}
