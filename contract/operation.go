package contract

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/internal/snake"
	"github.com/spinoff-go/spinoff/shape"
)

// describer makes the document of one version.
type describer struct {
	version Version
	words   *Words
	schemas *schemas
	errors  object // the declared errors, by their code

	examples bool // whether to add examples
}

// media returns the media type of a body in JSON, with an example of what of m travels in it.
func (d *describer) media(schema object, m *shape.Message) object {
	media := object{"schema": schema}
	if value, found := d.example(m); found {
		for _, f := range m.Fields {
			if f.Place != shape.Body {
				delete(value, f.Name)
			}
		}
		media["example"] = value
	}
	return media
}

func (d *describer) example(m *shape.Message) (object, bool) {
	if !d.examples {
		return nil, false
	}
	return Example(m.Go)
}

// path adds an operation to the paths of a document.
func (d *describer) path(paths object, op spinoff.Operation) error {
	described, err := d.operation(op)
	if err != nil {
		return err
	}
	path := "/v" + strconv.Itoa(op.Service.Version) + op.Path()
	item, _ := paths[path].(object)
	if item == nil {
		item = object{}
		paths[path] = item
	}
	item[strings.ToLower(op.Method())] = described
	return nil
}

// operation describes one endpoint.
func (d *describer) operation(op spinoff.Operation) (object, error) {
	name := strings.TrimPrefix(op.FullName(), op.Service.String()+".")
	o := object{"operationId": name, "x-timeout-ms": spinoff.DefaultTimeout.Milliseconds()}
	if op.Timeout != 0 {
		o["x-timeout-ms"] = op.Timeout.Milliseconds()
	}
	switch op.Method() {
	case http.MethodGet, http.MethodPut, http.MethodDelete:
		o["x-idempotent"] = true
	default:
		o["x-idempotent"] = op.Idempotent
	}
	if len(op.Consumers) > 0 {
		o["x-consumers"] = op.Consumers
	}
	if variable := d.words.name(op.Route, name); variable != "" && snake.Case(variable) != name {
		o["x-go-name"] = variable
	}
	summary, description := firstSentence(d.words.of(op.Route, name))
	if summary != "" {
		o["summary"] = summary
	}
	describe(o, description)
	if told := cmpOr(op.Deprecated, d.version.Deprecated); told != nil {
		o["deprecated"], o["x-deprecated"] = true, deprecation(told)
	}
	answer, err := shape.Answer(op)
	if err != nil {
		return nil, err
	}
	if err := d.request(o, op, hasETag(answer)); err != nil {
		return nil, err
	}
	o["responses"], err = d.responses(op, answer)
	return o, err
}

func cmpOr(a, b *spinoff.Deprecation) *spinoff.Deprecation {
	if a != nil {
		return a
	}
	return b
}

// hasETag reports whether an answer may have an ETag.
func hasETag(answer *shape.Message) bool {
	return slices.ContainsFunc(answer.Fields, func(f shape.Field) bool { return f.Place == shape.Header && strings.EqualFold(f.Name, "ETag") })
}

// request adds parameters and body to an operation.
func (d *describer) request(o object, op spinoff.Operation, tagged bool) error {
	request, err := shape.Request(op)
	if err != nil {
		return err
	}
	parameters := list{}
	example, _ := d.example(request)
	for i := range request.Fields {
		f := &request.Fields[i]
		if f.Place == shape.Body && request.InBody {
			continue
		}
		parameter, err := d.parameter(request, f)
		if err != nil {
			return err
		}
		if value, there := example[f.Name]; there {
			parameter["example"] = value
		}
		parameters = append(parameters, parameter)
	}
	switch {
	case op.Method() == http.MethodGet && tagged:
		parameters = append(parameters, object{"name": "If-None-Match", "in": "header", "schema": object{"type": "string"}})
	case op.Method() != http.MethodGet && d.version.Keyed:
		parameters = append(parameters, object{"name": "Idempotency-Key", "in": "header", "schema": object{"type": "string", "minLength": 1, "maxLength": 255}})
	}
	if len(parameters) > 0 {
		o["parameters"] = byPlace(parameters)
	}
	if !request.InBody {
		return nil
	}
	o["x-max-body"] = op.MaxBody
	if op.MaxBody == 0 {
		o["x-max-body"] = int64(spinoff.DefaultMaxBody)
	}
	schema, err := d.schemas.body(request, true)
	if err != nil {
		return err
	}
	required, form := false, true
	for i := range request.Fields {
		if f := &request.Fields[i]; f.Place == shape.Body && !f.Optional {
			required, form = true, form && f.Flat()
		}
	}
	content := object{"application/json": d.media(schema, request)}
	if form { // it can carry all that must be there
		content["application/x-www-form-urlencoded"] = object{"schema": schema}
	}
	o["requestBody"] = object{"required": required, "content": content}
	return nil
}

// byPlace sorts parameters by place and name.
func byPlace(parameters list) list {
	key := func(p any) string { return p.(object)["in"].(string) + " " + p.(object)["name"].(string) }
	slices.SortFunc(parameters, func(a, b any) int { return strings.Compare(key(a), key(b)) })
	return parameters
}

// parameter describes a field that travels in the path, the query or a header.
func (d *describer) parameter(request *shape.Message, f *shape.Field) (object, error) {
	schema, err := d.schemas.field(request.Type, f, true)
	if err != nil {
		return nil, err
	}
	parameter := object{"name": f.Name, "schema": schema}
	for _, key := range []string{"description", "x-go-name"} {
		if value, there := schema[key]; there {
			parameter[key] = value
			delete(schema, key)
		}
	}
	switch f.Place {
	case shape.Path:
		parameter["in"], parameter["required"] = "path", true
		if _, bound := schema["minLength"]; f.Type.Kind == shape.String && !bound {
			schema["minLength"] = 1
		}
	case shape.Header:
		parameter["in"] = "header"
	default:
		parameter["in"] = "query"
		if !f.Optional && f.Type.Kind != shape.Bool && f.Type.Kind != shape.List {
			parameter["required"] = true
		}
	}
	return parameter, nil
}

// responses describes what an operation answers with.
func (d *describer) responses(op spinoff.Operation, answer *shape.Message) (object, error) {
	ok := object{}
	if answer.InBody {
		schema, err := d.schemas.body(answer, false)
		if err != nil {
			return nil, err
		}
		ok["content"] = object{"application/json": d.media(schema, answer)}
	}
	statuses := []int{http.StatusOK}
	if !answer.InBody {
		statuses = []int{http.StatusNoContent}
	}
	headers := object{}
	for i := range answer.Fields {
		f := &answer.Fields[i]
		switch f.Place {
		case shape.Status:
			statuses = f.Rule.Statuses
		case shape.Header:
			header, err := d.parameter(answer, f)
			if err != nil {
				return nil, err
			}
			delete(header, "name")
			delete(header, "in")
			headers[f.Name] = header
		}
	}
	if len(headers) > 0 {
		ok["headers"] = headers
	}
	responses := d.problems(op)
	for _, status := range statuses {
		responses[strconv.Itoa(status)] = with(ok, "description", http.StatusText(status))
	}
	if op.Method() == http.MethodGet && hasETag(answer) {
		responses["304"] = object{"description": "what If-None-Match names has not changed"}
	}
	return responses, nil
}

// webhook describes a topic: the app sends its events.
func (d *describer) webhook(kind spinoff.Kind) (object, error) {
	message, err := shape.Event(kind.Data)
	if err != nil {
		return nil, err
	}
	schema, err := d.schemas.body(message, false)
	if err != nil {
		return nil, err
	}
	o := object{
		"operationId": kind.Name, "x-topic": kind.String(),
		"requestBody": object{"required": true, "content": object{"application/json": d.media(schema, message)}},
		"responses":   object{"2XX": object{"description": "the event has taken effect"}},
	}
	if variable := d.words.name(kind.Name); variable != "" {
		o["x-go-name"] = variable
	}
	summary, description := firstSentence(d.words.of(kind.Name))
	if summary != "" {
		o["summary"] = summary
	}
	describe(o, description)
	if d.version.Deprecated != nil {
		o["deprecated"], o["x-deprecated"] = true, deprecation(d.version.Deprecated)
	}
	return o, nil
}
