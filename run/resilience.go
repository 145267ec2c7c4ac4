package run

import (
	"fmt"

	"github.com/spinoff-go/spinoff/call"
)

// Variables that say how apps elsewhere are called; see docs/resilience.md.
const (
	retriesVariable = "SPINOFF_RETRIES"
	hedgeVariable   = "SPINOFF_HEDGE"
)

// remoteOptions reads how apps elsewhere are called.
func (p *Process) remoteOptions() (call.RemoteOptions, error) {
	retries, err := p.isOn(retriesVariable, true)
	if err != nil {
		return call.RemoteOptions{}, err
	}
	hedge, err := p.isOn(hedgeVariable, false)
	return call.RemoteOptions{NoRetries: !retries, Hedge: hedge, Twice: p.options.Twice}, err
}

// isOn reads a variable that is "on" or "off".
func (p *Process) isOn(variable string, otherwise bool) (bool, error) {
	switch value := p.options.Environ(variable); value {
	case "":
		return otherwise, nil
	case "on", "off":
		return value == "on", nil
	default:
		return false, fmt.Errorf("%s is %q; it is on or off", variable, value)
	}
}
