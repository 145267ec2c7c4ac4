package client

// contract is what a document says, as far as a client needs it. Names are those of the wire.
type contract struct {
	Service   string // "faq.v2"; the title where the document is not one of ours
	Name      string // "faq"
	Version   string // "2"
	Package   string // "faqv2"
	Variable  string // "FAQ_API"
	Doc       string
	Objects   []*object // all that a client needs, in the order of the document, requests first
	Enums     []*enum
	Endpoints []*endpoint
	Topics    []topic
	Failures  []*failure // declared ones by code, then those that any call can fail with
}

// endpoint is one operation.
type endpoint struct {
	ID         string // "create"
	FullName   string // "faq.v2.create"
	Method     string
	Path       string // "/v2/entries/{id}"
	Doc        string
	Deprecated string // what to say of it; "" while it is there to stay
	Request    *object
	Body       bool   // whether fields travel in a body
	Answer     *shape // nil where there is none
	Statuses   []string
	Failures   []*failure
	Timeout    int64 // milliseconds
	Keyed      bool  // whether it is sent with an Idempotency-Key
	Retry      bool  // whether sending it twice takes effect once
}

// object is a struct.
type object struct {
	Name    string
	Doc     string
	Fields  []*field
	Answers bool // whether it is what an endpoint answers with
	OneOf   bool // whether exactly one of its fields is there
	Request bool // whether it is, or is part of, what consumers send
}

// field is a field of an object, a parameter, a header, or the status of an answer.
type field struct {
	Name     string // on the wire
	GoName   string // where the document says it
	Doc      string
	Place    place
	Shape    *shape
	Required bool
	HasZero  bool // whether 0, "" or false is a value that may be sent
}

// place says where a field travels.
type place int

const (
	inBody place = iota
	inPath
	inQuery
	inHeader
	inStatus
)

// shape is the type of a value.
type shape struct {
	Kind   kind
	Format string  // of integers: "int64"
	Elem   *shape  // of a list or map
	Object *object // of a structure
	Enum   *enum   // of a text with known words; else nil
	Null   bool    // whether it may be null
}

type kind int

const (
	text kind = iota
	integer
	float
	boolean
	binary
	moment
	list
	table
	structure
)

// enum is the words that a text may be.
type enum struct {
	Name  string
	Words []string
	Open  bool // whether there may be others
}

// topic is a kind of event.
type topic struct {
	Type string // "faq.v2.entry.published"
	Doc  string
	Data *shape
}

// failure is an error that a client can tell from others.
type failure struct {
	Code   string // "faq.not_found"
	Status int    // 0 where the document does not say
	Title  string
	Common bool // whether any call can fail with it
}

// flat reports whether a value can travel in a path, query or header.
func (s *shape) flat() bool {
	return s.Kind != structure && s.Kind != table && s.Kind != list
}
