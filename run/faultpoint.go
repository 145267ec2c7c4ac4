package run

import (
	"os"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff/move"
)

// variableFault names the steps of a move at which a process kills itself, such as "coordinator after grant", with commas between them: for the tests of moves, which try each.
const variableFault = "SPINOFF_FAULT"

// faultPoint is where a test may kill this process.
func faultPoint(when string, does move.Action) {
	if !slices.Contains(strings.Split(os.Getenv(variableFault), ","), when+" "+string(does)) {
		return
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
		select {}
	}
}
