// Package shape knows the closed list of Go types that a contract may be made of, and does with them what every call needs:
// it copies them so that two apps never share memory, checks the constraints in their tags, and reads them from JSON and from forms.
//
// A contract is made of structs whose fields are strings, integers, floats, booleans, []byte, [time.Time],
// slices, maps with string keys, pointers, and further structs; named types of these are fine. Everything else is refused
// when the program starts, with the path of the field, because it would not mean the same in another process:
// interfaces, functions, channels, arrays, embedded structs, unexported fields, types that marshal themselves.
//
// A value means the same in process and over the wire because both paths bring it to one canonical form:
// a list or map without entries is nil, a time is in UTC without a monotonic clock, text is valid UTF-8, and numbers are finite.
//
// A field's name on the wire is that in its JSON tag or, without one, its Go name in snake_case: ticket_id for TicketID.
// A field is optional when its JSON tag says omitempty or omitzero, or when it is a pointer. An optional field may be absent, which is
// its zero value, and its constraints apply only when it is not zero; over the wire, leaving it out is the one way to say that. Constraints are in the tag `spinoff:"…"`
// (the whole vocabulary with what each word becomes in a document is in docs/contracts.md):
//
//	min=1      least value of a number, least length of a text in characters, least number of entries
//	max=300    the same, greatest
//	multipleof=5  what a whole number is a multiple of
//	unique     no entry of a list is there twice
//	oneof=a|b  the words that a text may be
//	open=a|b   the words that there are now; any text is accepted
//	format=uuid  email, uri or uuid
//	pattern=…  what a text matches somewhere, as JSON Schema has it; takes the rest of the tag
//	header=X   the field travels in the HTTP header X (its JSON tag is "-")
//	one        of a blank field: exactly one of the struct's other fields, all pointers, is set
//	link       a text of an answer that is the path of something in the service, such as /v2/entries/3: a caller of version 1 gets /v1/entries/3, where
//	           that exists; a header Location is one always
//	status=201|200  an int field of an answer that is the HTTP status: one of these, the first where it is zero
package shape

import (
	"reflect"
	"regexp"
	"unsafe"
)

// Kind says how a value looks on the wire.
type Kind int

// The kinds.
const (
	String Kind = iota
	Int
	Uint
	Float
	Bool
	Bytes
	Time
	List
	Map
	Pointer
	Struct
)

// Type is a Go type compiled for use in calls. It is immutable and safe for concurrent use.
type Type struct {
	Go     reflect.Type
	Kind   Kind
	Elem   *Type   // of a List, Map or Pointer
	Fields []Field // of a Struct, as they are declared
	One    bool    // of a Struct: exactly one of its fields is set, and each is a pointer

	byName map[string]int // index into Fields of those that travel in the body
	needed uint64         // bit i: Fields[i] must be present
	admit  step           // nil where there is nothing to copy or to check
}

// Field is a field of a struct.
type Field struct {
	Type     *Type
	GoName   string
	Name     string // name in JSON; the header's name for a header field
	Optional bool
	Place    Place
	Rule     Rule

	index    int // in the Go struct
	offset   uintptr
	explicit step // of an optional field: says what is wrong with its zero value where that is sent; nil where it may be sent
}

// Place says where a field travels.
type Place int

// The places.
const (
	Body   Place = iota // in the body or, with GET and DELETE, in the query
	Path                // in the path
	Header              // in an HTTP header
	Status              // in the status line of the answer
)

// Rule holds the constraints of a field. The zero value allows everything.
type Rule struct {
	Min, Max       float64
	HasMin, HasMax bool
	MultipleOf     int64    // 0: no constraint
	Unique         bool     // no two entries are the same
	OneOf          []string // a closed enum
	Open           []string // an open enum: more words may come, and any text is accepted
	Pattern        string   // as JSON Schema has it; also where there is a Format
	Format         string
	Statuses       []int // of a Status field
	Link           bool  // the address of something in the service, below that of the service: "/v2/entries/3"

	pattern *regexp.Regexp
}

func (r *Rule) empty() bool {
	return !r.HasMin && !r.HasMax && r.MultipleOf == 0 && !r.Unique && r.OneOf == nil && r.pattern == nil
}

// step brings the value at p into canonical form, unshares it, and reports what is wrong with it.
type step func(p unsafe.Pointer, r *Report)

func at(p unsafe.Pointer, offset uintptr) unsafe.Pointer { return unsafe.Add(p, offset) }
