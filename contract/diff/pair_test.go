package diff_test

import "testing"

// TestSchemaPairs: single changes of a schema and what they do to what consumers send and to what they read.
func TestSchemaPairs(t *testing.T) {
	const sound, breaking = 0, 1
	for _, c := range []struct {
		old, new       string
		request, reply int // exit codes
	}{
		// Types.
		{`{type: integer}`, `{type: number}`, sound, breaking},
		{`{type: number}`, `{type: integer}`, breaking, sound},
		{`{type: string}`, `{type: integer}`, breaking, breaking},
		{`{type: string}`, `{type: [string, integer]}`, sound, breaking},
		{`{type: string}`, `{oneOf: [{type: string}, {type: integer}]}`, sound, breaking},
		{`{type: string}`, `{}`, sound, breaking},
		{`{}`, `{type: string}`, breaking, sound},
		{`{type: array, items: {type: string}}`, `{type: string}`, breaking, breaking},
		{`{type: array, items: {type: string}}`, `{type: array, items: {type: integer}}`, breaking, breaking},
		{`{type: array, items: {type: string}}`, `{type: array}`, sound, breaking},
		{`{type: object}`, `{type: array, items: {}}`, breaking, breaking},
		{`{type: boolean}`, `{type: string, enum: ["true", "false"]}`, breaking, breaking},
		// Values.
		{`{enum: [a, b]}`, `{type: string}`, sound, breaking},
		{`{type: string}`, `{enum: [a, b]}`, breaking, sound},
		{`{const: a}`, `{const: b}`, breaking, breaking},
		{`{const: a}`, `{enum: [a, b]}`, sound, breaking},
		{`{type: integer, enum: [1, 2]}`, `{type: integer, enum: [1, 2, 3]}`, sound, breaking},
		{`{type: string, enum: [a, b]}`, `{type: string, enum: [b]}`, breaking, sound},
		{`{type: string, x-extensible-enum: [a]}`, `{type: string, x-extensible-enum: [a, b]}`, sound, sound},
		{`{anyOf: [{enum: [a]}, {type: string}]}`, `{anyOf: [{enum: [a, b]}, {type: string}]}`, sound, sound},
		{`{type: string, enum: [a]}`, `{type: string, x-extensible-enum: [a]}`, sound, breaking},
		{`{oneOf: [{const: a}, {const: b}]}`, `{oneOf: [{const: a}, {const: b}, {const: c}]}`, sound, breaking},
		{`{type: [string, "null"], enum: [a, null]}`, `{type: [string, "null"], enum: [a]}`, breaking, sound},
		{`{type: boolean}`, `{const: true}`, breaking, sound},
		{`{enum: [a, b]}`, `{type: string, maxLength: 1}`, sound, breaking},
		// Texts and numbers.
		{`{type: string}`, `{type: string, minLength: 1}`, breaking, sound},
		{`{type: string, maxLength: 5}`, `{type: string}`, sound, breaking},
		{`{type: string, pattern: "^a"}`, `{type: string, pattern: "^b"}`, breaking, breaking},
		{`{type: string}`, `{type: string, pattern: "^b"}`, breaking, sound},
		{`{type: string}`, `{type: string, format: date-time}`, breaking, sound},
		{`{type: string, format: date-time}`, `{type: string}`, sound, breaking},
		{`{type: string, pattern: "^[a-z]+$"}`, `{type: string, pattern: "^[a-z0-9]+$"}`, sound, breaking},
		{`{type: string, pattern: "^a$"}`, `{type: string, pattern: "^\\ba$"}`, breaking, breaking},
		{`{type: string, format: date}`, `{type: string, format: uuid}`, breaking, breaking},
		{`{type: integer, format: int32}`, `{type: integer, format: int64}`, sound, breaking},
		{`{type: integer, format: int64}`, `{type: integer, format: int32}`, breaking, sound},
		{`{type: number, format: float}`, `{type: number, format: double}`, sound, breaking},
		{`{type: number, minimum: 1}`, `{type: number, exclusiveMinimum: 1}`, breaking, sound},
		{`{type: number, maximum: 1}`, `{type: number}`, sound, breaking},
		{`{type: integer, maximum: 10}`, `{type: integer, exclusiveMaximum: 10}`, breaking, sound},
		{`{type: integer, multipleOf: 2}`, `{type: integer, multipleOf: 4}`, breaking, sound},
		{`{type: integer, multipleOf: 2}`, `{type: integer, multipleOf: 3}`, breaking, breaking},
		{`{type: string, contentMediaType: image/png}`, `{type: string, contentMediaType: image/jpeg}`, breaking, breaking},
		// Lists.
		{`{type: array, items: {type: string}}`, `{type: array, items: {type: string}, maxItems: 3}`, breaking, sound},
		{`{type: array, prefixItems: [{type: string}]}`, `{type: array, prefixItems: [{type: integer}]}`, breaking, breaking},
		{`{type: array, prefixItems: [{type: string}]}`, `{type: array, prefixItems: [{type: string}, {type: string}]}`, breaking, sound},
		{`{type: array, prefixItems: [{type: string}]}`, `{type: array, prefixItems: [{type: string}], items: false}`, breaking, sound},
		{`{type: array}`, `{type: array, contains: {type: string}}`, breaking, sound},
		{`{type: array, contains: {type: string}}`, `{type: array, contains: {type: string}, minContains: 0}`, sound, breaking},
		{`{type: array, items: {type: object, properties: {a: {type: string}}}}`, `{type: array, items: {type: object, properties: {a: {type: string}}, required: [a]}}`, breaking, sound},
		// Objects.
		{`{type: object, properties: {a: {type: string}}}`, `{type: object, properties: {a: {type: string}, b: {type: string}}}`, sound, sound},
		{`{type: object, properties: {a: {type: string}}}`, `{type: object, properties: {a: {type: string}, b: {type: string}}, required: [b]}`, breaking, sound},
		{`{type: object, properties: {a: {type: string}, b: {type: string}}}`, `{type: object, properties: {a: {type: string}}}`, breaking, breaking},
		{`{type: object, properties: {a: {type: string}}, additionalProperties: false}`, `{type: object, properties: {a: {type: string}, b: {type: string}}, additionalProperties: false}`, sound, breaking},
		{`{type: object, properties: {a: {type: string}}, required: [a]}`, `{type: object, properties: {a: {type: string, default: x}}}`, sound, breaking},
		{`{type: object, properties: {a: {type: string}}}`, `{type: object, properties: {a: {type: string, default: x}}}`, breaking, sound},
		{`{type: object, properties: {a: {type: string, default: x}}}`, `{type: object, properties: {a: {type: string}}}`, breaking, sound},
		{`{type: object, properties: {a: {type: string}}}`, `{type: object, properties: {a: {type: [string, "null"]}}}`, sound, breaking},
		{`{type: object, additionalProperties: {type: string}}`, `{type: object, additionalProperties: {type: integer}}`, breaking, breaking},
		{`{type: object, additionalProperties: {type: string}}`, `{type: object, additionalProperties: {type: string, maxLength: 3}}`, breaking, sound},
		{`{type: object, additionalProperties: {type: string}}`, `{type: object, additionalProperties: false}`, breaking, sound},
		{`{type: object}`, `{type: object, additionalProperties: {type: string}}`, breaking, sound},
		{`{type: object, patternProperties: {"^x": {type: string}}}`, `{type: object, patternProperties: {"^x": {type: integer}}}`, breaking, breaking},
		{`{type: object}`, `{type: object, propertyNames: {pattern: "^a"}}`, breaking, sound},
		{`{type: object}`, `{type: object, minProperties: 1}`, breaking, sound},
		{`{type: object, properties: {a: {type: string}}, required: [a]}`, `{type: object, properties: {a: {type: string, readOnly: true}}, required: [a]}`, breaking, sound},
		{`{type: object, properties: {a: {type: string, readOnly: true}}}`, `{type: object, properties: {a: {type: string}}}`, sound, sound},
		{`{type: object, properties: {a: {type: string}}}`, `{type: object, properties: {a: {type: string}, b: {type: string, readOnly: true}}, required: [b]}`, sound, sound},
		{`{type: object, properties: {a: {type: string}}}`, `{type: object, properties: {a: {type: string, writeOnly: true}}}`, sound, breaking},
		{`{type: object, properties: {a: {type: string}}}`, `{type: object, properties: {a: {type: string, deprecated: true}}}`, sound, sound},
		{`{type: object, properties: {a: {}, b: {}}}`, `{type: object, properties: {a: {}, b: {}}, dependentSchemas: {a: {required: [b]}}}`, breaking, sound},
		{`{allOf: [{type: object, properties: {a: {type: string}}}, {required: [a]}]}`, `{allOf: [{type: object, properties: {a: {type: string}}}]}`, sound, breaking},
		{`{allOf: [{type: string}]}`, `{allOf: [{type: string}, {maxLength: 3}]}`, breaking, sound},
		// Alternatives and logic.
		{`{oneOf: [{type: string}, {type: integer}]}`, `{oneOf: [{type: string}]}`, breaking, sound},
		{`{anyOf: [{type: object, required: [a]}, {type: object, required: [b]}]}`, `{oneOf: [{type: object, required: [a]}, {type: object, required: [b]}]}`, breaking, sound},
		{`{anyOf: [{type: object, required: [a]}, {type: object, required: [b]}]}`, `{anyOf: [{type: object, required: [a]}]}`, breaking, sound},
		{`{type: string, not: {const: a}}`, `{type: string, not: {enum: [a, b]}}`, breaking, sound},
		{`{type: string, not: {const: a}}`, `{type: string, not: {const: b}}`, breaking, breaking},
		{`{if: {required: [a]}, then: {required: [b]}}`, `{if: {required: [a]}, then: {required: [b, c]}}`, breaking, sound},
		{`{if: {required: [a]}, then: {required: [b]}}`, `{if: {required: [a]}, else: {required: [b]}}`, breaking, breaking},
	} {
		for _, way := range []struct {
			request bool
			want    int
		}{{true, c.request}, {false, c.reply}} {
			r := compare(t, wholeDocument(c.old, way.request), wholeDocument(c.new, way.request))
			if got := r.ExitCode(); got != way.want {
				t.Errorf("request %t: %s to %s: exit code %d, want %d: %s", way.request, c.old, c.new, got, way.want, rules(r))
			}
		}
	}
}
