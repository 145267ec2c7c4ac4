package spinofftest

import (
	"flag"
	"fmt"
	"os"
	"slices"

	"github.com/spinoff-go/spinoff/call"
)

// failOnDeprecated is a flag of every test program that imports this package. For "go test ./...", where not all do, there is the variable
// SPINOFF_FAIL_ON_DEPRECATED=1.
var failOnDeprecated = flag.Bool("fail-on-deprecated", false, "fail tests of whole projects that call a deprecated endpoint")

// AllowDeprecated lets the test call deprecated endpoints, such as "faq.v1.create", although it was asked to fail on them: where it is about them. Of
// the calls that apps make it allows none.
func (s *Site) AllowDeprecated(endpoints ...string) { s.allowed = append(s.allowed, endpoints...) }

// checkDeprecated fails the test for each consumer that has called a deprecated endpoint of a process, if that was asked for.
func (s *Site) checkDeprecated(p *process) {
	s.t.Helper()
	if !*failOnDeprecated && os.Getenv("SPINOFF_FAIL_ON_DEPRECATED") == "" { //nolint:forbidigo // a setting of the tests, not of the project
		return
	}
	for _, problem := range deprecatedUses(p.Uses(), s.allowed, appNames(s.t, s.project)) {
		s.t.Error(problem)
	}
}

// deprecatedUses says which uses are of something that is to go.
func deprecatedUses(uses []call.Use, allowed, apps []string) (problems []string) {
	for _, u := range uses {
		d := u.Deprecated
		if d == nil || slices.Contains(allowed, u.FullName()) && !slices.Contains(apps, u.Consumer) {
			continue
		}
		instead := ""
		if d.Successor != "" {
			instead = "; use " + d.Successor
		}
		problems = append(problems, fmt.Sprintf("%s called %s %d times, which is deprecated from %s%s", u.Consumer, u.FullName(), u.Calls, d.On, instead))
	}
	return problems
}
