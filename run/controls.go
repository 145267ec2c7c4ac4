package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff/internal/socket"
)

// controlled is a running process of the project, as its control socket shows it.
type controlled struct {
	status processStatus // as it was when the process was found
	folder string
	client *http.Client
}

// openControlled returns the process whose control socket is in a folder, without asking it anything.
func openControlled(folder string) *controlled {
	transport := &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return socket.Dial(ctx, folder) },
		DisableKeepAlives: true, // the requests are few, and nobody says when there are no more
	}
	return &controlled{folder: folder, client: &http.Client{Transport: transport}}
}

// controls returns the running processes of a data folder, the oldest first. Those that do not answer within five seconds are left out.
func controls(ctx context.Context, data string) ([]*controlled, error) {
	root, err := filepath.Abs(filepath.Join(data, controlFolder))
	if err != nil {
		return nil, err
	}
	folders, err := controlFolders(root)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	found := make([]*controlled, len(folders))
	var asking sync.WaitGroup
	for i, folder := range folders {
		asking.Go(func() {
			c := openControlled(folder)
			if c.do(ctx, "GET /status", nil, &c.status) == nil {
				found[i] = c
			}
		})
	}
	asking.Wait()
	found = slices.DeleteFunc(found, func(c *controlled) bool { return c == nil })
	slices.SortFunc(found, func(a, b *controlled) int { return a.status.Started.Compare(b.status.Started) })
	return found, nil
}

// do sends a request to what a pattern such as "POST /move" answers, and reads the answer into out; both in and out may be nil.
// What the other process says went wrong is the error.
func (c *controlled) do(ctx context.Context, pattern string, in, out any) error {
	response, err := c.send(ctx, pattern, in)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if out == nil {
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
	return json.NewDecoder(response.Body).Decode(out)
}

// send is do for an answer that the caller reads, and closes.
func (c *controlled) send(ctx context.Context, pattern string, in any) (*http.Response, error) {
	var method, path string
	if _, err := fmt.Sscan(pattern, &method, &path); err != nil {
		return nil, fmt.Errorf("control request %q: %w", pattern, err)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://control"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("process %d does not answer: %w", c.status.PID, err)
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	var told problem
	if json.NewDecoder(response.Body).Decode(&told) != nil || told.Error == "" {
		return nil, fmt.Errorf("process %d answers %s with %s", c.status.PID, pattern, response.Status)
	}
	return nil, errors.New(told.Error)
}

// controlFolders returns the folders that processes have in root; none where root does not exist.
func controlFolders(root string) ([]string, error) {
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, filepath.Join(root, e.Name()))
		}
	}
	return folders, nil
}
