package data

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// arguments returns the arguments of a statement as every engine can take them: text is UTF-8 without the character NUL, and what is not becomes U+FFFD, as it
// does in JSON. PostgreSQL refuses such text; SQLite would store it, and some of its functions end there. Nobody types it: what has it comes from broken
// programs, or from people who look for a way in. It refuses a time, which a driver would store with the reading of the monotonic clock.
func arguments(args []any) ([]any, error) {
	cleaned := false
	for i, arg := range args {
		switch arg.(type) {
		case time.Time, *time.Time:
			return nil, fmt.Errorf("argument $%d is a time; store data.Millis of it", i+1)
		}
		v := reflect.ValueOf(arg)
		if v.Kind() != reflect.String {
			continue
		}
		if text := clean(v.String()); text != v.String() {
			if !cleaned { // the caller's list stays as it is
				args, cleaned = slices.Clone(args), true
			}
			args[i] = text
		}
	}
	return args, nil
}

func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
