package page

import (
	"reflect"
	"time"
)

// fill sets every exported field below v, slices and maps to one element, so that a trial run of a
// template enters its {{if}} and {{range}} branches. Interfaces and functions stay nil.
func fill(v any) { fillValue(reflect.ValueOf(v).Elem(), 0) }

func fillValue(v reflect.Value, depth int) {
	if depth > 8 || !v.CanSet() { // a type that contains itself ends somewhere
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	case reflect.String:
		v.SetString("x")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillValue(v.Index(0), depth+1)
	case reflect.Array:
		for i := range v.Len() {
			fillValue(v.Index(i), depth+1)
		}
	case reflect.Map:
		fillMap(v, depth)
	case reflect.Struct:
		fillStruct(v, depth)
	}
}

func fillMap(v reflect.Value, depth int) {
	key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	fillValue(key, depth+1)
	fillValue(value, depth+1)
	if !key.Comparable() {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	v.SetMapIndex(key, value)
}

func fillStruct(v reflect.Value, depth int) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
		return
	}
	for _, field := range v.Fields() {
		fillValue(field, depth+1)
	}
}
