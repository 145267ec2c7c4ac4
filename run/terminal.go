package run

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

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

// confirm asks on the terminal whether to do what was announced. Without a terminal nobody can be asked, so that yes has to say it.
func (p *program) confirm(question string, yes bool) error {
	if yes {
		return nil
	}
	if !isTerminal(p.stderr) || !term.IsTerminal(int(os.Stdin.Fd())) {
		return fmt.Errorf("%s There is no terminal to ask on: add --yes", question)
	}
	fmt.Fprintf(p.stderr, "%s [y/N] ", question)
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer == "y" || answer == "yes" {
		return nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return errors.New("nothing was done")
}

// printJSON prints what a program may read.
func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
