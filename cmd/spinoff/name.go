package main

import (
	"fmt"
	"go/build"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
)

// taken are names that the generated code or its folders have for something else.
const taken = " apps data errors http internal main neighbour page spinoff spinofftest t testdata testing vendor "

// checkName refuses names that Go, URLs or the environment could not have.
func checkName(what, name string) error {
	for i, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return fmt.Errorf("%s name %q: a name is lower-case letters and digits and begins with a letter, such as shop", what, name)
		}
	}
	switch {
	case name == "":
		return fmt.Errorf("the %s has no name; a name is lower-case letters and digits, such as shop", what)
	case token.IsKeyword(name) || types.Universe.Lookup(name) != nil || strings.Contains(taken, " "+name+" "):
		return fmt.Errorf("%s name %q means something else in Go or in the toolkit; take another one", what, name)
	}
	return nil
}

// checkModule refuses module paths that the go command would not understand.
func checkModule(module string) error {
	for _, c := range module {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-._~/", c) {
			return fmt.Errorf("module path %q: %q cannot be in it; a module path looks like example.com/shop", module, c)
		}
	}
	first, _, _ := strings.Cut(module, "/")
	if first == "" || strings.HasSuffix(module, "/") || strings.Contains(module, "//") {
		return fmt.Errorf("module path %q: something is missing between slashes; a module path looks like example.com/shop", module)
	}
	if info, err := os.Stat(filepath.Join(build.Default.GOROOT, "src", first)); err == nil && info.IsDir() && build.Default.GOROOT != "" {
		return fmt.Errorf("module path %q: the standard library has a package %s; give another one, such as --module example.com/%s", module, first, module)
	}
	return nil
}
