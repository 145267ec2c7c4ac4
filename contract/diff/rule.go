package diff

import "strings"

// Rule is one reason why a change is refused. Its page is docs/rules.md, its example testdata/rules.
type Rule struct {
	ID      string // stable: "request-length"
	What    string // what is refused
	Instead string // what to do instead
	Source  string // who else says so
}

// Sources that most rules have.
const (
	aip        = "AIP-180"
	zalando    = "Zalando 106"
	kubernetes = "Kubernetes API changes"
)

const (
	newVersion = "make a new version, and convert from and to it"
	addInstead = "add a new optional one beside it, and keep this one"
)

// aspects are what a schema says of values. Each is a rule for what consumers send, which may not accept less, and one for what
// they read, which may not have more; read is empty where nothing is refused there.
var aspects = []struct{ id, what, send, read, source string }{
	{"type", "the type of a value", "accept the old type too", newVersion, aip + "; " + kubernetes},
	{"null", "null as a value", "go on accepting null", "leave the property out instead, where it is optional", zalando + "; JSON Schema 2020-12 Validation 6.1.1"},
	{"enum", "listed values", "go on accepting the old values", "declare the enum open (x-extensible-enum) in the next version; until then send one of the known values", "Zalando 112; AIP-180"},
	{"open-enum", "known values of an open enum", "go on accepting the old values", "", "Zalando 112"},
	{"length", "the length of a text", "check the stricter limit in a new version only", "cut or refuse longer texts before they are sent", zalando + "; JSON Schema 2020-12 Validation 6.3"},
	{"pattern", "the pattern of a text", "check the stricter pattern in a new version only", "send only what the old pattern matches", zalando + "; JSON Schema 2020-12 Validation 6.3.3"},
	{"format", "the format of a value", addInstead, addInstead, aip + "; " + kubernetes},
	{"encoding", "how bytes or a document are written in a text", addInstead, addInstead, aip + "; JSON Schema 2020-12 Validation 8"},
	{"range", "the range of a number", "check the stricter limit in a new version only", "send only numbers in the old range", zalando + "; JSON Schema 2020-12 Validation 6.2"},
	{"multiple", "the step of a number", "check the stricter step in a new version only", "round before sending", zalando + "; JSON Schema 2020-12 Validation 6.2.1"},
	{"items-count", "the number of items", "check the stricter limit in a new version only", "send no other number than before; page through more", zalando + "; JSON Schema 2020-12 Validation 6.4"},
	{"unique", "whether items may come twice", "drop repeated items instead of refusing them", "send each item once", zalando + "; JSON Schema 2020-12 Validation 6.4.3"},
	{"contains", "how many items must be of a kind", "check it in a new version only", "send what the old rule wants", zalando + "; JSON Schema 2020-12 Applicator 10.3.1.3"},
	{"property-removed", "a property is gone", "go on accepting it, deprecated, even if it does nothing", "go on sending it, deprecated", aip + "; " + kubernetes},
	{"property-added", "a property is new where none may be", "leave the object as open as it was", "responses are open objects: begin with that in the next version", "Zalando 111; Zalando 107"},
	{"required", "a property that must be there", "keep it optional, with what its absence means", "go on sending it always", aip + "; Zalando 107; " + kubernetes},
	{"closed", "properties that are not declared", "leave the object open, and ignore what is unknown", "declare the new properties one by one", "Zalando 111"},
	{"property-count", "the number of properties", "check the stricter limit in a new version only", "send no other number than before", zalando + "; JSON Schema 2020-12 Validation 6.5"},
	{"property-names", "the names of properties", "check it in a new version only", "send only names that were possible", zalando + "; JSON Schema 2020-12 Applicator 10.3.2.4"},
	{"pattern-properties", "properties by the pattern of their name", "check it in a new version only", "send what was possible", zalando + "; JSON Schema 2020-12 Applicator 10.3.2.2"},
	{"dependent", "what must be there where something else is", "check it in a new version only", "send what the old rule wants", zalando + "; JSON Schema 2020-12 Validation 6.5.4"},
	{"unevaluated", "what no other part of a schema speaks of", "leave the object open", "send what was possible", zalando + "; JSON Schema 2020-12 Unevaluated 11"},
	{"choice", "the alternatives of anyOf and oneOf", "go on accepting all alternatives", "send an alternative that was known; add new ones in a new version", aip + "; " + kubernetes},
	{"discriminator", "the property that says which alternative a value is", "go on accepting the old property and values", "go on sending the old property and values", aip + "; OpenAPI 3.1.1 Discriminator Object"},
	{"not", "values that are shut out by not", "check it in a new version only", "send what was possible", zalando + "; JSON Schema 2020-12 Applicator 10.2.1.4"},
	{"condition", "conditions by if, then and else", "check it in a new version only", "send what the old condition wants", zalando + "; JSON Schema 2020-12 Applicator 10.2.2"},
	{"xml", "how a value is written in XML", newVersion, newVersion, aip + "; OpenAPI 3.1.1 XML Object"},
	{"media-type", "the media types of a body", "go on accepting the old media type", "go on answering in the old media type to whoever asks for it", "RFC 9110 12; " + zalando},
	{"encoding-parts", "how the parts of a form are written", newVersion, newVersion, "OpenAPI 3.1.1 Encoding Object; RFC 7578"},
	{"body", "whether there is a body", "keep the body optional, or accept and ignore it", "go on sending a body", aip},
	{"status", "the statuses of answers", "go on accepting the old statuses", "go on answering with the old statuses; new errors may be added", "RFC 9110 15; Zalando 151"},
	{"header-removed", "a header is gone", "go on accepting it", "go on sending it", aip + "; RFC 9110 6.3"},
	{"header-required", "whether a header must be there", "keep it optional", "go on sending it always", aip},
	{"header-style", "how a header is written", newVersion, newVersion, "OpenAPI 3.1.1 Header Object"},
	{"parameter-removed", "a parameter is gone", "go on accepting it, deprecated, even if it does nothing", "go on sending it", aip + "; " + kubernetes},
	{"parameter-moved", "a parameter is at another place", "accept it at both places", "send it at both places", aip},
	{"parameter-required", "whether a parameter must be there", "keep it optional, with a default", "go on sending it always", aip + "; Zalando 107"},
	{"parameter-style", "how a parameter is written", addInstead, newVersion, "OpenAPI 3.1.1 Parameter Object"},
}

// more are the rules that are about one direction, or none.
var more = []Rule{
	{"request-default", "the default of what consumers leave out: it means something else, or something it did not mean before", addInstead, aip + "; " + kubernetes},
	{"request-read-only", "a property that consumers send becomes readOnly", "go on accepting it", aip + "; OpenAPI 3.1.1 Schema Object"},
	{"response-write-only", "a property that consumers read becomes writeOnly", "go on sending it", aip + "; OpenAPI 3.1.1 Schema Object"},
	{"operation-removed", "an operation is gone, or has another address, before a sunset that was announced", "deprecate it with a sunset, keep it until then, and retire it", "Zalando 185 and 189; RFC 8594; AIP-180"},
	{"sunset", "a sunset is earlier than it was announced", "keep the day that was announced, or a later one", "RFC 8594; RFC 9745"},
	{"retired", "a retired operation is forgotten, or its address is used for something else", "keep the entry, and use another address", "RFC 9110 15.5.11 (410 Gone)"},
	{"server-removed", "an address at which it answers is gone", "go on answering there", aip + "; OpenAPI 3.1.1 Server Object"},
	{"security-tightened", "who could call is refused", "go on accepting the old credentials until their sunset", "Zalando 104 and 105; RFC 9110 11"},
	{"security-scheme", "how consumers sign in", "add a second scheme as an alternative", "OpenAPI 3.1.1 Security Scheme Object"},
	{"security-flow", "where consumers get a token", "go on answering at the old address", "RFC 6749 1.3; OpenAPI 3.1.1 OAuth Flow Object"},
	{"security-scope", "a scope that consumers ask for is gone", "go on granting it", "RFC 6749 3.3"},
	{"webhook-removed", "the provider no longer sends what consumers listen to", "go on sending it, deprecated with a sunset", aip},
	{"callback-removed", "the provider no longer calls back", "go on calling", aip},
	{"link", "where an answer says one can go", "keep the link, and add another one", "OpenAPI 3.1.1 Link Object; RFC 8288"},
	{"limits", "a shorter time limit or a smaller body", "keep the limit; a tighter one is for a new version", zalando},
	{"idempotent", "a repetition did no harm, and may do so now", "keep it idempotent", "RFC 9110 9.2.2; AIP-155"},
	{"consumers", "who could call may no longer", "let them call until they have moved away; a narrower circle is for a new version", zalando},
	{"topic", "another topic", "publish on both", aip},
	{"service", "a contract of another service or version", "compare contracts of the same service and version", aip},
	{"unknown", "a change that no rule speaks of", "take it back, or write down an exception once you know that nobody breaks", "this project: nothing is passed over"},
}

// Rules returns all rules by which a change is refused, those of schemas first.
func Rules() []Rule {
	var all []Rule
	for _, a := range aspects {
		all = append(all, Rule{"request-" + a.id, a.what + ": what consumers send is refused", a.send, a.source})
		if a.read != "" {
			all = append(all, Rule{"response-" + a.id, a.what + ": consumers read what they did not expect", a.read, a.source})
		}
	}
	return append(all, more...)
}

// advice returns what to do instead of what a rule refuses.
func advice(id string) string {
	for _, a := range aspects {
		if rest, ok := strings.CutPrefix(id, "request-"); ok && rest == a.id {
			return a.send
		}
		if rest, ok := strings.CutPrefix(id, "response-"); ok && rest == a.id {
			return a.read
		}
	}
	for _, r := range more {
		if r.ID == id {
			return r.Instead
		}
	}
	return ""
}
