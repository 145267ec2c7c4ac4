package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/contract/client"
)

func contractClient(stdout io.Writer) *cobra.Command {
	var language, out string
	c := &cobra.Command{
		Use:   "client SERVICE|FILE|URL",
		Short: "Make a client of a service in Go, Python, TypeScript or for curl",
		Long: `Make a client of a service from its contract alone: one file without dependencies, for people to read. It has typed errors, keys that make a call take
effect once, time-outs, retries where they are safe, and warnings of what is deprecated.

SERVICE is a service of this project, such as faq.v2, whose contract is frozen in apps/faq/faqv2/contract.json. A FILE or a URL is any OpenAPI 3.0 or 3.1
document in JSON or YAML; what a client could not be right about is refused with its place.

The client is printed. With --out it is written: to a file, or into a folder, under a name such as faqv2.py. A client that was made before is replaced.`,
		Example: `  spinoff contract client faq.v2 --lang python --out faqv2.py
  spinoff contract client faq.v2 --lang go --out clients/faqv2/
  spinoff contract client http://127.0.0.1:8000/faq/v2/openapi.json --lang typescript
  spinoff contract client faq.v2 --lang curl > faqv2.sh && sh faqv2.sh create question='How do I reset it?' source=123`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			document, err := readDocument(c.Context(), args[0])
			if err != nil {
				return err
			}
			made, err := client.Generate(shown(args[0]), document, language)
			if err != nil {
				return err
			}
			if out == "" {
				_, err = stdout.Write(made.Text)
				return err
			}
			return writeClient(stdout, out, made)
		},
	}
	c.Flags().StringVar(&language, "lang", "", "language: "+strings.Join(client.Languages(), ", "))
	c.Flags().StringVar(&out, "out", "", "file, or folder, to write to (default: print it)")
	_ = c.MarkFlagRequired("lang") // there is such a flag
	return c
}

// serviceName is what a service is called: faq.v2.
var serviceName = regexp.MustCompile(`^([a-z][a-z0-9]*)\.v([1-9][0-9]*)$`)

// readDocument reads a contract of this project, a file, or what answers at a URL.
func readDocument(ctx context.Context, what string) ([]byte, error) {
	if strings.HasPrefix(what, "http://") || strings.HasPrefix(what, "https://") {
		return fetchDocument(ctx, what)
	}
	text, err := os.ReadFile(what)
	parts := serviceName.FindStringSubmatch(what)
	if parts == nil || !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	root, err := projectRoot()
	if err != nil {
		return nil, err
	}
	name := filepath.Join("apps", parts[1], parts[1]+"v"+parts[2], "contract.json")
	text, err = os.ReadFile(filepath.Join(root, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no frozen contract in this project (%s); freeze it, or give the file or the URL of its document", what, filepath.ToSlash(name))
	}
	return text, err
}

// projectRoot returns the nearest folder, from this one upwards, that has a go.mod.
func projectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("this folder is in no project, whose root has a go.mod; give the file or the URL of a document instead of a service")
		}
		dir = filepath.Dir(dir)
	}
}

func fetchDocument(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("the URL of the document cannot be read")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err // which has no secret in it
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers with %s", shown(address), response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, 64<<20))
}

// shown returns the name of a document without a secret.
func shown(what string) string {
	if u, err := url.Parse(what); err == nil {
		return u.Redacted()
	}
	return what
}

// writeClient writes a client to a file or into a folder. It replaces nothing but a client.
func writeClient(stdout io.Writer, out string, made client.File) error {
	if info, err := os.Stat(out); err == nil && info.IsDir() || strings.HasSuffix(out, "/") {
		out = filepath.Join(out, made.Name)
	}
	there, err := os.ReadFile(out)
	switch {
	case err == nil && !bytes.Contains(there[:min(len(there), 200)], []byte(client.Mark)):
		return fmt.Errorf("%s is there and was not made by this command; nothing was written", out)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil { //nolint:gosec // source code
		return err
	}
	if err := os.WriteFile(out, made.Text, 0o644); err != nil { //nolint:gosec // source code
		return err
	}
	_, err = fmt.Fprintln(stdout, out)
	return err
}
