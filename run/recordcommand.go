package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/contract/sample"
)

func (p *program) recordSamples() *cobra.Command {
	var from, name string
	var seed bool
	c := &cobra.Command{
		Use:   "record VERSION",
		Short: "Record how a version of a service behaves",
		Long: `Record how a version of a service behaves, such as faq.v1, into testdata/samples beside its contract package. The calls are made over HTTP to all apps
together in this process, on databases that begin empty, or with the example, and are deleted afterwards. They are made twice, so that
times and random values are known to be that.

--from is a file with one request a line, or - for standard input:

  POST /v1/create {"question": "How do I reset it?", "source": 1}
  GET /v1/entries/{{1.id}}

{{1.id}} is the field id of the first answer. Without --from, the samples that there are get the answers of today. With
SPINOFF_RECORD=1, the tests that use spinofftest record the calls that they make: go test ./apps/faq with it is the quickest way to good samples.`,
		Example: `  company contract record faq.v1 --from requests.txt
  echo 'GET /v1/search?q=lamp' | company contract record faq.v1 --from - --name search --seed
  company contract record faq.v1`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if from == "" {
				return p.refresh(c.Context(), args[0])
			}
			return p.recordFrom(c.Context(), args[0], from, name, seed)
		},
	}
	c.Flags().StringVar(&from, "from", "", "file with requests, or - for standard input")
	c.Flags().StringVar(&name, "name", "", "name of the sample (default: that of the file)")
	c.Flags().BoolVar(&seed, "seed", false, "begin with the examples of the apps")
	return c
}

func (p *program) replaySamples() *cobra.Command {
	return &cobra.Command{
		Use:   "replay [VERSION...]",
		Short: "Play the samples again, and show what behaves differently",
		Long: `Play the samples that were recorded of each version of the services, and show what is answered differently today, though the contract may be the same.
Exit code 1: something differs.

In a test it is one line: spinofftest.Replay(t, Project()).`,
		Example: "  company contract replay\n  company contract replay faq.v1",
		RunE:    func(c *cobra.Command, args []string) error { return p.runReplay(c.Context(), args) },
	}
}

// samples returns the folders of the contract packages of the versions that are meant, of all where none is.
func (p *program) samples(versions []string) (map[string]string, error) {
	all, err := Samples(p.project)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return all, nil
	}
	some := map[string]string{}
	for _, v := range versions {
		if all[v] == "" {
			return nil, fmt.Errorf("there is no contract package of %q; there are those of %s", v, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
		}
		some[v] = all[v]
	}
	return some, nil
}

// recordFrom records requests that somebody has written.
func (p *program) recordFrom(ctx context.Context, version, from, name string, seed bool) error {
	folders, err := p.samples([]string{version})
	if err != nil {
		return err
	}
	var text []byte
	switch {
	case from != "-":
		text, err = os.ReadFile(from)
		if name == "" {
			name = strings.TrimSuffix(filepath.Base(from), filepath.Ext(from))
		}
	case name == "":
		return errors.New("requests from standard input have no name: give one with --name")
	default:
		text, err = io.ReadAll(os.Stdin)
	}
	if err != nil {
		return err
	}
	if name != filepath.Base(name) {
		return fmt.Errorf("--name %q: it is the name of a file without folder and ending, such as search", name)
	}
	story, err := sample.Parse(version, string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	story.Seeded = seed
	return p.recordStory(ctx, story, filepath.Join(folders[version], filepath.FromSlash(sample.Folder), name+".json"))
}

func (p *program) recordStory(ctx context.Context, story *sample.Story, file string) error {
	recorded, err := sample.Record(ctx, story, Stage(p.project))
	if err == nil {
		err = recorded.Write(file)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", shortened(file), err)
	}
	_, err = fmt.Fprintf(p.stdout, "%s: %d calls\n", shortened(file), len(recorded.Steps))
	return err
}

// refresh records the samples of a version anew.
func (p *program) refresh(ctx context.Context, version string) error {
	folders, err := p.samples([]string{version})
	if err != nil {
		return err
	}
	files, err := sample.Files(folders[version])
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("there are no samples of %s yet: give requests with --from FILE, or run the tests of the app with SPINOFF_RECORD=1", version)
	}
	for _, file := range files {
		story, err := sample.Read(file)
		if err != nil {
			return err
		}
		if err := p.recordStory(ctx, story, file); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) runReplay(ctx context.Context, versions []string) error {
	folders, err := p.samples(versions)
	if err != nil {
		return err
	}
	same, other := 0, 0
	for _, version := range slices.Sorted(maps.Keys(folders)) {
		files, err := sample.Files(folders[version])
		if err != nil {
			return err
		}
		for _, file := range files {
			story, err := sample.Read(file)
			if err != nil {
				return err
			}
			differences, err := sample.Replay(ctx, story, Stage(p.project))
			switch {
			case err != nil:
				return fmt.Errorf("%s: %w", shortened(file), err)
			case differences == "":
				same++
			default:
				other++
				fmt.Fprintf(p.stdout, "%s behaves differently: %s\n%s\n", version, shortened(file), differences)
			}
		}
	}
	fmt.Fprintf(p.stdout, "%d samples are answered as they were, %d are not\n", same, other)
	if other > 0 {
		fmt.Fprintln(p.stdout, `Where that is as it should be, "contract record" with the version records them anew. Who uses that version notices it.`)
		return errTold
	}
	return nil
}

// shortened returns the name of a file as it is seen from here.
func shortened(file string) string {
	here, err := os.Getwd()
	if err != nil {
		return file
	}
	if short, err := filepath.Rel(here, file); err == nil {
		return short
	}
	return file
}
