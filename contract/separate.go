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

// uses are the first uses of struct types, by the name of the service.
type uses map[string]map[reflect.Type]use

// Separate returns an error where two versions of a service, or a request and an answer of it, share a struct type: a change that is made for one of
// them would change the other. It names the type and both places. Named texts and numbers may be shared.
func Separate(versions []Version) error {
	all := uses{}
	for _, v := range versions {
		for _, op := range v.Operations {
			if err := all.add(op.In, use{v.Service, true, "the request of " + op.FullName()}); err != nil {
				return err
			}
			if err := all.add(op.Out, use{v.Service, false, "the answer of " + op.FullName()}); err != nil {
				return err
			}
		}
		for _, kind := range v.Topics {
			if err := all.add(kind.Data, use{v.Service, false, "the topic " + kind.String()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// add notes the struct types that t is made of.
func (all uses) add(t reflect.Type, u use) error {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return all.add(t.Elem(), u)
	case reflect.Struct:
	default:
		return nil
	}
	if t == reflect.TypeFor[time.Time]() || t.NumField() == 0 {
		return nil
	}
	if t.Name() != "" {
		of := all[u.service.Name]
		if of == nil {
			of = map[reflect.Type]use{}
			all[u.service.Name] = of
		}
		switch before, known := of[t]; {
		case known && before.service != u.service:
			return fmt.Errorf("type %s is in %s and in %s; each version of a service has types of its own, so that one can change without the other",
				t, before.where, u.where)
		case known && before.request != u.request:
			return fmt.Errorf("type %s is in %s and in %s; a request and an answer have types of their own: the one may not lose a field, the other may gain some",
				t, before.where, u.where)
		case known:
			return nil
		}
		of[t] = u
	}
	for field := range t.Fields() {
		if err := all.add(field.Type, u); err != nil {
			return err
		}
	}
	return nil
}
