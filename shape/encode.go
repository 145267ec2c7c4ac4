package shape

import (
	"encoding/base64"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendJSON appends the value that pointer points to, which has been admitted, to b as JSON. An optional field that is zero is
// left out; a list or map without entries is [] or {}; maps are in the order of their names.
func (t *Type) AppendJSON(b []byte, pointer any) []byte { return t.append(b, pointerOf(pointer)) }

func (t *Type) append(b []byte, p unsafe.Pointer) []byte {
	switch t.Kind {
	case String:
		return appendText(b, *(*string)(p))
	case Bytes:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, *(*[]byte)(p))
		return append(b, '"')
	case Time:
		b = append(b, '"')
		b = (*time.Time)(p).AppendFormat(b, time.RFC3339Nano)
		return append(b, '"')
	case List:
		return t.appendList(b, p)
	case Map:
		return t.appendTable(b, p)
	case Pointer:
		if target := *(*unsafe.Pointer)(p); target != nil {
			return t.Elem.append(b, target)
		}
		return append(b, "null"...)
	case Struct:
		return t.appendStruct(b, p)
	}
	return t.appendPlain(b, p)
}

// appendPlain appends a number or a boolean.
func (t *Type) appendPlain(b []byte, p unsafe.Pointer) []byte {
	switch {
	case t.Kind == Bool:
		return strconv.AppendBool(b, *(*bool)(p))
	case t.Go.Kind() == reflect.Int64:
		return strconv.AppendInt(b, *(*int64)(p), 10)
	}
	v := reflect.NewAt(t.Go, p).Elem()
	switch t.Kind {
	case Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case Uint:
		return strconv.AppendUint(b, v.Uint(), 10)
	}
	f, format := v.Float(), byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, t.Go.Bits())
}

func appendText(b []byte, text string) []byte {
	quoted, err := jsontext.AppendQuote(b, text)
	if err != nil {
		panic("shape: text that is not UTF-8 was not admitted") // it was
	}
	return quoted
}

func (t *Type) appendList(b []byte, p unsafe.Pointer) []byte {
	data, n, size := *(*unsafe.Pointer)(p), len(*(*[]struct{})(p)), t.Elem.Go.Size()
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = t.Elem.append(b, at(data, uintptr(i)*size))
	}
	return append(b, ']')
}

func (t *Type) appendTable(b []byte, p unsafe.Pointer) []byte {
	table := reflect.NewAt(t.Go, p).Elem()
	entries := make(map[string]reflect.Value, table.Len())
	for i := table.MapRange(); i.Next(); {
		entries[i.Key().String()] = i.Value()
	}
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(entries)) {
		if i > 0 {
			b = append(b, ',')
		}
		value := reflect.New(t.Elem.Go)
		value.Elem().Set(entries[name])
		b = append(appendText(b, name), ':')
		b = t.Elem.append(b, value.UnsafePointer())
	}
	return append(b, '}')
}

func (t *Type) appendStruct(b []byte, p unsafe.Pointer) []byte {
	b = append(b, '{')
	first := true
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Place != Body || f.Optional && f.zero(at(p, f.offset)) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, '"')
		b = append(b, f.Name...)
		b = append(b, '"', ':')
		b = f.Type.append(b, at(p, f.offset))
	}
	return append(b, '}')
}

// zero reports whether the value at p is what an absent field is read as.
func (f *Field) zero(p unsafe.Pointer) bool {
	switch f.Type.Kind {
	case String:
		return *(*string)(p) == ""
	case List, Bytes:
		return len(*(*[]struct{})(p)) == 0
	case Pointer:
		return *(*unsafe.Pointer)(p) == nil
	}
	return reflect.NewAt(f.Type.Go, p).Elem().IsZero()
}
