package sample

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// PackageFolder returns the folder of a package of the module that the working directory is in. Only there are its samples: a program that runs
// elsewhere has no source.
func PackageFolder(path string) (string, error) {
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; at = filepath.Dir(at) {
		text, err := os.ReadFile(filepath.Join(at, "go.mod")) //nolint:gosec // of this folder or one above it
		switch {
		case err == nil:
			return inModule(at, string(text), path)
		case !errors.Is(err, os.ErrNotExist):
			return "", err
		case at == filepath.Dir(at):
			return "", errors.New("samples are kept beside the source of a contract: run this in the folder of the project, where its go.mod is")
		}
	}
}

func inModule(folder, goMod, path string) (string, error) {
	for line := range strings.Lines(goMod) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "module" {
			continue
		}
		module := strings.Trim(fields[1], "\"`")
		if rest, ok := strings.CutPrefix(path, module+"/"); ok {
			return filepath.Join(folder, filepath.FromSlash(rest)), nil
		}
		return "", fmt.Errorf("package %s is not of the module %s in %s", path, module, folder)
	}
	return "", fmt.Errorf("%s has no module line", filepath.Join(folder, "go.mod"))
}
