package spinofftest

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/contract/sample"
	"github.com/spinoff-go/spinoff/run"
)

// Replay plays the samples that were recorded of every version of the project's services, and fails where one is answered differently today: a behaviour
// that has changed, though the contract may not have. Samples are recorded by the command "contract record", and by tests with SPINOFF_RECORD=1.
func Replay(t *testing.T, project spinoff.Project) {
	t.Helper()
	folders, err := run.Samples(project)
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, version := range slices.Sorted(maps.Keys(folders)) {
		files, err := sample.Files(folders[version])
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			played++
			t.Run(version+"/"+strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
				t.Parallel()
				story, err := sample.Read(file)
				if err != nil {
					t.Fatal(err)
				}
				differences, err := sample.Replay(t.Context(), story, run.Stage(project))
				if err != nil {
					t.Fatal(err)
				}
				if differences != "" {
					t.Errorf("%s behaves differently than when it was recorded, which who uses it notices (where it is meant so: contract record %s):\n%s", version, version, differences)
				}
			})
		}
	}
	if played == 0 {
		t.Fatal("there are no samples: record them with SPINOFF_RECORD=1 go test ./..., or with the command contract record")
	}
}
