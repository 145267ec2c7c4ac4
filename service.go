package spinoff

import (
	"strconv"
	"strings"
)

// Service is one version of the way to talk to an app. Its name is the name of the app that answers it.
type Service struct {
	Name    string // name of the app: lower-case letters and digits, such as "faq"
	Version int    // 1 or more; the first segment of every path: /v2/create
}

// String returns the name and the version as the command line writes them: "faq.v2".
func (s Service) String() string { return s.Name + ".v" + strconv.Itoa(s.Version) }

// Variable returns the environment variable that says where the app called name answers: "FAQ_API" for "faq".
func Variable(name string) string { return strings.ToUpper(name) + "_API" }
