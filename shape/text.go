package shape

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// parse reads a text, as JSON and forms have it, into the value at p. It returns what was expected where the text is not that.
func (t *Type) parse(text string, p unsafe.Pointer) string {
	var err error
	switch t.Kind {
	case String:
		*(*string)(p) = text
	case Int, Uint, Float:
		return t.parseNumber(text, p)
	case Bool:
		var b bool
		if b, err = truth(text); err == nil {
			*(*bool)(p) = b
		}
	case Time:
		var v time.Time
		if v, err = moment(text); err == nil {
			*(*time.Time)(p) = v
		}
	case Bytes:
		var b []byte
		if strings.ContainsAny(text, "\r\n") { // which package base64 passes over
			err = strconv.ErrSyntax
		} else if b, err = base64.StdEncoding.DecodeString(text); err == nil && len(b) > 0 {
			*(*[]byte)(p) = b
		}
	}
	if err != nil {
		return "must be " + t.expected()
	}
	return ""
}

// parseNumber is parse for a number.
func (t *Type) parseNumber(text string, p unsafe.Pointer) string {
	var err error
	switch t.Kind {
	case Int:
		var n int64
		if n, err = whole(text, t.Go.Bits()); err == nil {
			reflect.NewAt(t.Go, p).Elem().SetInt(n)
		}
	case Uint:
		var n uint64
		if n, err = natural(text, t.Go.Bits()); err == nil {
			reflect.NewAt(t.Go, p).Elem().SetUint(n)
		}
	default:
		var f float64
		if f, err = decimal(text, t.Go.Bits()); err == nil {
			reflect.NewAt(t.Go, p).Elem().SetFloat(f)
		}
	}
	switch {
	case err == nil:
		return ""
	case errors.Is(err, strconv.ErrRange):
		return fmt.Sprintf("must be %s of %d bits", t.expected(), t.Go.Bits())
	}
	return "must be " + t.expected()
}

// whole reads an integer. JSON Schema calls 1.0 and 1e3 integers too.
func whole(text string, size int) (int64, error) {
	n, err := strconv.ParseInt(text, 10, size)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return n, err
	}
	digits, err := integer(text)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(digits, 10, size)
}

// natural is whole for unsigned integers.
func natural(text string, size int) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, size)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return n, err
	}
	digits, err := integer(text)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(digits, 10, size)
}

// integer writes a number that may have a fraction or an exponent as digits, where it is whole: "-1000" for -1.0e3.
func integer(text string) (string, error) {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	mantissa, power := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		var err error
		mantissa = text[:i]
		if power, err = strconv.Atoi(text[i+1:]); err != nil {
			return "", err
		}
	}
	before, after, _ := strings.Cut(mantissa, ".")
	if before == "" || strings.Trim(before+after, "0123456789") != "" {
		return "", strconv.ErrSyntax
	}
	digits := strings.TrimRight(before+after, "0")
	power += len(before) - len(digits) // digits times ten to the power of this
	digits = strings.TrimLeft(digits, "0")
	switch {
	case digits == "":
		return "0", nil
	case power < 0:
		return "", strconv.ErrSyntax
	case len(digits)+power > 20: // more than 64 bits
		return "", strconv.ErrRange
	}
	return sign + digits + strings.Repeat("0", power), nil
}

// decimal reads a number as JSON writes it, not as Go does.
func decimal(text string, size int) (float64, error) {
	if strings.Trim(text, "+-.0123456789eE") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(text, size)
}

// truth reads a boolean as JSON and HTML forms write it.
func truth(text string) (bool, error) {
	switch text {
	case "true", "on", "1":
		return true, nil
	case "false", "off", "0":
		return false, nil
	}
	return false, strconv.ErrSyntax
}

// moment reads a time of RFC 3339, as package time does not quite: it takes 9:00 for 09:00, and no small letters and leap seconds.
func moment(text string) (time.Time, error) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[13] != ':' || strings.Contains(text, ",") {
		return time.Time{}, strconv.ErrSyntax
	}
	text = strings.ToUpper(text)
	leap := time.Duration(0)
	if text[17:19] == "60" {
		text, leap = text[:17]+"59"+text[19:], time.Second
	}
	v, err := time.Parse(time.RFC3339Nano, text)
	if v = v.UTC(); leap > 0 && (v.Hour() != 23 || v.Minute() != 59) { // there is none at another time of the day
		err = strconv.ErrSyntax
	}
	if zone := strings.LastIndexAny(text, "+-"); zone > len("2006-01-02") && text[zone+1:] > "23:59" {
		err = strconv.ErrSyntax
	}
	return v.Add(leap), err
}
