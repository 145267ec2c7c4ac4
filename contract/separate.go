package contract

import (
	"fmt"
	"reflect"
	"time"

	"github.com/spinoff-go/spinoff"
)

// use is where a struct type is found.
type use struct {
	service spinoff.Service
	request bool
	where   string // for people
}

// Separate returns an error where two versions of a service, two services, or a request and an answer share a struct type: a change that is made for one of
// them would change the other. It names the type and both places. Named texts and numbers may be shared within a version's package.
func Separate(versions []Version) error {
	uses := map[reflect.Type]use{}
	for _, v := range versions {
		for _, op := range v.Operations {
			if err := separate(uses, op.In, use{v.Service, true, "the request of " + op.FullName()}); err != nil {
				return err
			}
			if err := separate(uses, op.Out, use{v.Service, false, "the answer of " + op.FullName()}); err != nil {
				return err
			}
		}
		for _, kind := range v.Topics {
			if err := separate(uses, kind.Data, use{v.Service, false, "the topic " + kind.String()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// separate notes the struct types that t is made of.
func separate(uses map[reflect.Type]use, t reflect.Type, u use) error {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return separate(uses, t.Elem(), u)
	case reflect.Struct:
	default:
		return nil
	}
	if t == reflect.TypeFor[time.Time]() || t.NumField() == 0 {
		return nil
	}
	if t.Name() != "" {
		switch before, known := uses[t]; {
		case known && before.service != u.service:
			return fmt.Errorf("type %s is in %s and in %s; each version of a service has types of its own, so that one can change without the other",
				t, before.where, u.where)
		case known && before.request != u.request:
			return fmt.Errorf("type %s is in %s and in %s; a request and an answer have types of their own: the one may not lose a field, the other may gain some",
				t, before.where, u.where)
		case known:
			return nil
		}
		uses[t] = u
	}
	for field := range t.Fields() {
		if err := separate(uses, field.Type, u); err != nil {
			return err
		}
	}
	return nil
}
