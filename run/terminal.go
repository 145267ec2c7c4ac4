package run

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// colour is the number of a colour of the terminal.
type colour int

const (
	red    colour = 31
	green  colour = 32
	yellow colour = 33
)

// paint returns text in a colour where standard output is a terminal, and as it is elsewhere or when NO_COLOR is set (https://no-color.org).
func (p *program) paint(c colour, text string) string {
	if !isTerminal(p.stdout) || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", c, text)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
