package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// ExceptionsFile lists the changes of released contracts that are let through although they break somebody. It lies beside go.mod; package diff
// says what is in it.
const ExceptionsFile = "contract.exceptions.yaml"

// CompareContracts returns what judges the changes of released contracts in a module: the rules of package diff, and the exceptions of the module.
// What only words say of is left out.
func CompareContracts(source contract.Source) (contract.Comparer, error) {
	var options diff.Options
	name := filepath.Join(source.Root, ExceptionsFile)
	text, err := os.ReadFile(name)
	if err == nil {
		options.Exceptions, err = diff.ParseExceptions(ExceptionsFile, text)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return func(older, newer contract.Document) ([]contract.Change, error) {
		before, err := openapi.Parse("the frozen contract", older.Text())
		if err != nil {
			return nil, err
		}
		after, err := openapi.Parse("the types", newer.Text())
		if err != nil {
			return nil, err
		}
		var changes []contract.Change
		for _, f := range diff.Compare(before, after, options).Findings {
			if f.Severity != diff.Words {
				changes = append(changes, change(f))
			}
		}
		return changes, nil
	}, nil
}

func change(f diff.Finding) contract.Change {
	c := contract.Change{Rule: f.Rule, Where: f.Where, What: f.What, Who: f.Who, Instead: f.Instead, Hash: f.Hash, Exception: f.Reason}
	switch f.Severity {
	case diff.Breaking:
		c.Severity = contract.Breaking
	case diff.Unknown:
		c.Severity = contract.Unknown
	}
	return c
}
