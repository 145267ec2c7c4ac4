package conversion

import (
	"errors"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
)

// Error returns an error of the newer endpoint as the older one has it: by [spinoff.Handler.MapError] or, where both declare its code, with the older
// status and title; fields are told under the names that the caller knows. What is no error of this service stays as it is.
func (c *Conversion) Error(err error) error {
	e := spinoff.AsError(err)
	if e == nil || e.Service != "" && e.Service != c.older.Service.Name {
		return err
	}
	as := c.Errors[e.Code]
	if as == nil {
		if i := slices.IndexFunc(c.older.Errors, func(declared *spinoff.Error) bool { return declared.Code == e.Code }); i >= 0 {
			as = c.older.Errors[i]
		}
	}
	switch {
	case as == nil && e.Fields == nil:
		return err
	case as == nil:
		as = e
	case as.Code == spinoff.ErrInternal.Code:
		return spinoff.ErrInternal.Because(err)
	}
	told := *e
	told.Code, told.Status, told.Title = as.Code, as.Status, as.Title
	told.Fields = slices.Clone(e.Fields)
	for i := range told.Fields {
		c.rename(&told.Fields[i])
	}
	if cause := errors.Unwrap(e); cause != nil {
		return told.Because(cause)
	}
	return &told
}

// Refused returns what is said of a request that the newer contract refuses: where it allows less on purpose, the fields are told, and otherwise ok is false.
func (c *Conversion) Refused(faults []spinoff.Field) (told *spinoff.Error, ok bool) {
	for _, fault := range faults {
		if !c.ways[0].allowsLess(fault.Pointer) {
			return nil, false
		}
	}
	invalid := *spinoff.ErrInvalid
	for _, fault := range faults {
		c.rename(&fault)
		invalid.Fields = append(invalid.Fields, fault)
	}
	return &invalid, true
}

// rename makes a field that is wrong one of the older request. What that does not have is told of the whole of it.
func (c *Conversion) rename(f *spinoff.Field) {
	best := ""
	for newer := range c.Fields {
		if _, is := renamed(newer, newer, f.Pointer); is && len(newer) > len(best) {
			best = newer
		}
	}
	if best != "" {
		f.Pointer, _ = renamed(best, c.Fields[best], f.Pointer)
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "#/"), "/")
	if f.Pointer == "#" || slices.ContainsFunc(c.in.Fields, func(known shape.Field) bool { return known.Name == name }) {
		return
	}
	f.Pointer, f.Detail = "#", name+" "+f.Detail
}

// renamed returns a JSON pointer that is at the field called from, or inside of it, as one at a field called to, and whether it is. A name is such as
// "lines/*/price"; the n-th star of to stands for what the n-th of from does.
func renamed(from, to, pointer string) (string, bool) {
	rest, ok := strings.CutPrefix(pointer, "#/")
	if !ok {
		return pointer, false
	}
	var stars []string
	for name := range strings.SplitSeq(from, "/") {
		var token string
		token, rest, _ = strings.Cut(rest, "/")
		switch {
		case name == "*" && token != "":
			stars = append(stars, token)
		case name != token:
			return pointer, false
		}
	}
	b := []byte("#")
	for name := range strings.SplitSeq(to, "/") {
		if name == "*" && len(stars) > 0 {
			name, stars = stars[0], stars[1:]
		}
		b = append(append(b, '/'), name...)
	}
	if rest != "" {
		b = append(append(b, '/'), rest...)
	}
	return string(b), true
}
