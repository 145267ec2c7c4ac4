package shape

import (
	"io"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

var decoders = sync.Pool{New: func() any { return jsontext.NewDecoder(strings.NewReader("")) }}

// Encode writes the value that pointer points to, which has been admitted, as JSON. Maps are written in the order of their names.
func Encode(w io.Writer, pointer any) error {
	return json.MarshalWrite(w, pointer, wire)
}

// wire omits with omitempty what decodes to the same value when it is absent, and nothing else.
var wire = json.JoinOptions(
	jsonv1.OmitEmptyWithLegacySemantics(true),
	json.Deterministic(true),
)
