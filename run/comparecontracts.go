package run

import (
	"github.com/spinoff-go/spinoff/contract"
	"github.com/spinoff-go/spinoff/contract/diff"
	"github.com/spinoff-go/spinoff/contract/openapi"
)

// CompareContracts judges what has changed in a released contract, by the rules of package diff. What only words say of is left out.
func CompareContracts(older, newer contract.Document) ([]contract.Change, error) {
	before, err := openapi.Parse("the frozen contract", older.Text())
	if err != nil {
		return nil, err
	}
	after, err := openapi.Parse("the types", newer.Text())
	if err != nil {
		return nil, err
	}
	var changes []contract.Change
	for _, f := range diff.Compare(before, after, diff.Options{}).Findings {
		if f.Severity == diff.Words {
			continue
		}
		changes = append(changes, contract.Change{Severity: severity(f.Severity), Rule: f.Rule, Where: f.Where, What: f.What, Who: f.Who, Instead: f.Instead})
	}
	return changes, nil
}

func severity(s diff.Severity) contract.Severity {
	switch s {
	case diff.Breaking:
		return contract.Breaking
	case diff.Unknown:
		return contract.Unknown
	}
	return contract.Sound
}
