package diff

import "github.com/spinoff-go/spinoff/contract/openapi"

func (c *comparer) refused(spot, *term, *term, []branch) *openapi.Node { return nil }
