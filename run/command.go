package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
)

// Exit codes of the program.
const (
	exitFailed = 1 // the command was understood and could not be carried out
	exitUsage  = 2 // the command was not understood

	exitUnknown = 2 // of the commands that compare: it cannot be told whether somebody would break
)

// exit is the error of a command that has said what there is to say, and ends with a code.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Main is the main function of a project's program. It does not return.
func Main(project spinoff.Project) {
	spreadThreads()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	code := Execute(ctx, project, os.Args, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Apps is [Main] for a project without a name.
func Apps(apps ...spinoff.New) { Main(spinoff.Project{Apps: apps}) }

// Execute runs the program with args, the first of which is its name, and returns the exit code.
func Execute(ctx context.Context, project spinoff.Project, args []string, stdout, stderr io.Writer) int {
	p := &program{project: project, stdout: stdout, stderr: stderr}
	root := p.command(filepath.Base(args[0]))
	root.SetArgs(args[1:])
	root.SetOut(stdout)
	root.SetErr(stderr)
	command, err := root.ExecuteContextC(ctx)
	code, isCode := errors.AsType[exit](err)
	switch {
	case isCode:
		return int(code)
	case err == nil:
		return 0
	case !p.started: // cobra refused the arguments
		fmt.Fprintf(stderr, "%s: %v\nTry '%s --help'.\n", root.Name(), err, command.CommandPath())
		return exitUsage
	case !errors.Is(err, errTold):
		fmt.Fprintf(stderr, "%s: %v\n", root.Name(), err)
	}
	return exitFailed
}

// Command returns the commands of a program called name, for what is made of them: documentation, completions.
func Command(project spinoff.Project, name string) *cobra.Command {
	return (&program{project: project, stdout: io.Discard, stderr: io.Discard}).command(name)
}

// errTold is the error of a command that has said already what is wrong.
var errTold = errors.New("see above")

// program is the command line of a project.
type program struct {
	project        spinoff.Project
	stdout, stderr io.Writer
	options        Options
	verbose        bool
	started        bool // whether the arguments were understood
}

func (p *program) command(name string) *cobra.Command {
	root := &cobra.Command{
		Use:   name,
		Short: "The apps of " + p.title() + ", in one process or several",
		Long: `The apps of ` + p.title() + ` run together in one process. Any of them moves to a process of its own
by one environment variable, such as FAQ_API=http://127.0.0.1:8001 for the app faq.

Exit codes: 0 done, 1 could not be done, 2 not understood.`,
		Example:       "  " + name + " up\n  " + name + " routes\n  " + name + " doctor",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(*cobra.Command, []string) {
			p.started = true
			p.options.Log, _ = p.logger("text")
		},
	}
	root.PersistentFlags().StringVar(&p.options.Data, "data", "./data", "folder of the databases")
	root.PersistentFlags().BoolVarP(&p.verbose, "verbose", "v", false, "log more")
	root.AddCommand(p.up(), p.status(), p.restart(), p.move(), p.importFiles(), p.routes(), p.call(), p.contract(), p.events(), p.migrate(), p.backup(), p.restore(), p.data(), p.deploy(), p.keys(), p.doctor(), p.health(), p.version())
	rename(root, name)
	return root
}

// rename puts the program's name into the texts of its commands, which are written for the program "company".
func rename(c *cobra.Command, name string) {
	for _, c := range c.Commands() {
		c.Example = strings.ReplaceAll(c.Example, "company", name)
		c.Long = strings.ReplaceAll(c.Long, "company", name)
		rename(c, name)
	}
}

func (p *program) title() string {
	if p.project.Name == "" {
		return "the project"
	}
	return p.project.Name
}

// release is the version of a program that is built where its history is not, as in a container. Only the linker sets it:
// go build -ldflags "-X github.com/spinoff-go/spinoff/run.release=v1.2.3".
var release string

// Version returns the version of the program: what the linker was told, or the module's, or the commit it was built from.
func Version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "dev"
}
