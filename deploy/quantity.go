package deploy

import (
	"math/big"
	"strings"
)

// factors are what the suffixes of a quantity stand for.
var factors = map[string]*big.Rat{
	"m": big.NewRat(1, 1000), "": big.NewRat(1, 1),
	"k": big.NewRat(1e3, 1), "M": big.NewRat(1e6, 1), "G": big.NewRat(1e9, 1), "T": big.NewRat(1e12, 1),
	"Ki": big.NewRat(1<<10, 1), "Mi": big.NewRat(1<<20, 1), "Gi": big.NewRat(1<<30, 1), "Ti": big.NewRat(1<<40, 1),
}

// amount returns what a quantity of Kubernetes stands for. It has been read by [Read], which takes no other.
func amount(quantity string) *big.Rat {
	digits := strings.TrimRight(quantity, "mkKMGTi")
	n, _ := new(big.Rat).SetString(digits)
	return n.Mul(n, factors[quantity[len(digits):]])
}

// units is how a program writes the powers of 1024.
type units [4]string

var (
	docker  = units{"k", "m", "g", "t"}
	systemd = units{"K", "M", "G", "T"}
)

// memory writes a quantity of bytes as the program reads it: "512m" for "512Mi", and whole bytes for what is no multiple of a unit.
func (u units) memory(quantity string) string {
	for i, suffix := range []string{"Ki", "Mi", "Gi", "Ti"} {
		if digits, ok := strings.CutSuffix(quantity, suffix); ok && !strings.Contains(digits, ".") {
			return digits + u[i]
		}
	}
	return amount(quantity).FloatString(0)
}

// decimal writes a quantity as a number: "0.25" for "250m".
func decimal(quantity string) string {
	return strings.TrimSuffix(strings.TrimRight(amount(quantity).FloatString(3), "0"), ".")
}

// percent writes a quantity as a share of one: "25%" for "250m".
func percent(quantity string) string {
	n := amount(quantity)
	return n.Mul(n, big.NewRat(100, 1)).FloatString(0) + "%"
}
