package run

import (
	"log/slog"
	"os"
	"time"
)

// Options say how a process runs its part of a project. The zero value works.
type Options struct {
	Data    string                   // folder of the databases and keys. Default: "data"
	Only    []string                 // the apps that run here, whatever the environment says. Default: all
	Without []string                 // apps that do not run here
	Environ func(name string) string // reads the environment. Default: os.Getenv
	Log     *slog.Logger             // Default: slog.Default()
	Now     func() time.Time         // Default: time.Now
	Twice   bool                     // for tests: calls to other processes that may be sent again are; see [call.RemoteOptions]
	Calling bool                     // the process only calls: an app that it needs and does not find is an error of the call, not of the start
}

func (o Options) withDefaults() Options {
	if o.Data == "" {
		o.Data = "data"
	}
	if o.Environ == nil {
		o.Environ = os.Getenv
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
