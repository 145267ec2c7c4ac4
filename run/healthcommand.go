package run

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) health() *cobra.Command {
	var addr string
	c := &cobra.Command{
		Use:   "health",
		Short: "Say whether the process at an address is ready",
		Long: `Ask the process that listens on an address of this machine whether its apps can do their work, as /readyz says. The exit code is 0 when they can, and 1
when they cannot or nobody answers: a check for a container that has no shell and no curl.`,
		Example: "  company health\n  company health --addr 127.0.0.1:8001",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return p.askReady(c.Context(), addr) },
	}
	c.Flags().StringVar(&addr, "addr", "127.0.0.1:8000", "address that the process listens on")
	return c
}

// askReady prints the answer of /readyz.
func (p *program) askReady(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("address %q: %w; an address looks like 127.0.0.1:8000", addr, err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("nobody is ready at %s: %w", addr, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s", answer)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the process at %s is not ready: status %d", addr, response.StatusCode)
	}
	return nil
}
