package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/data"
)

// manifest says what is in the folder of a backup.
type manifest struct {
	Program string                 `json:"program"`
	Version string                 `json:"version"` // of the program
	Time    time.Time              `json:"time"`    // when it was begun, in UTC: everything that was committed before is in it
	Apps    map[string]manifestApp `json:"apps"`
	Key     string                 `json:"identity_key_sha256,omitempty"`
}

type manifestApp struct {
	Engine   data.Dialect  `json:"engine"` // on which it was; the file is one of SQLite
	File     string        `json:"file"`
	SHA256   string        `json:"sha256"`
	Contents data.Contents `json:"contents"`
}

const manifestFile = "manifest.json"

func (p *program) backup() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use:   "backup [APP...] --to FOLDER",
		Short: "Copy the databases while the project runs",
		Long: `Copy the databases of the apps here, each as it is at one moment, with the key of the data folder. The project may be running meanwhile. The folder must not
be there; it appears as soon as it is complete and was looked through. Each app is one file of SQLite, whatever its engine.

The folder of the events is not in it: an event that was published waits in the database of its app until the engine has it safely, and one that was handled is
noted in the database of the app that has handled it.`,
		Example: "  company backup --to /backup/2026-11-24\n  company backup tickets --to ./before-the-import",
		RunE: func(c *cobra.Command, apps []string) error {
			if to == "" {
				return errors.New("say where: --to /backup/2026-11-24, a folder that is not there yet")
			}
			return p.runBackup(c.Context(), apps, filepath.Clean(to), c.Root().Name())
		},
	}
	c.Flags().StringVar(&to, "to", "", "the folder to make")
	return c
}

func (p *program) runBackup(ctx context.Context, apps []string, to, name string) (err error) {
	databases, err := p.databases(apps)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%s is there already: a backup gets a folder of its own", to))
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(to), filepath.Base(to)+".incomplete-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	m := manifest{Program: name, Version: Version(), Time: time.Now().UTC(), Apps: map[string]manifestApp{}}
	for _, s := range databases {
		if err := p.backupApp(ctx, s, temporary, &m); err != nil {
			return fmt.Errorf("back up app %s: %w", s.Name, err)
		}
	}
	if len(m.Apps) == 0 {
		return errors.New("there is nothing to back up: no database has been made yet")
	}
	key, err := os.ReadFile(filepath.Join(p.options.withDefaults().Data, identityFile))
	if err == nil {
		m.Key = hex.EncodeToString(sum256(key))
		err = writeSynced(filepath.Join(temporary, identityFile), key)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(temporary, manifestFile), text); err != nil {
		return err
	}
	if err := os.Rename(temporary, to); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "backed up to %s\n", to)
	return syncFile(filepath.Dir(to))
}

func (p *program) backupApp(ctx context.Context, s stored, folder string, m *manifest) error {
	status, err := s.db.Status(ctx)
	if !status.Exists || err != nil {
		return err
	}
	show := newMeter(p.stderr, s.Name)
	defer show.end()
	app := manifestApp{Engine: status.Engine, File: s.Name + ".db"}
	path := filepath.Join(folder, app.File)
	if app.Contents, err = s.db.Backup(ctx, path, show.rows); err != nil {
		return err
	}
	if app.SHA256, err = sumFile(path); err != nil {
		return err
	}
	m.Apps[s.Name] = app
	fmt.Fprintf(p.stdout, "%s: %s\n", s.Name, contents(app.Contents))
	return nil
}

// contents says in words what a database holds.
func contents(c data.Contents) string {
	rows := int64(0)
	for _, t := range c.Tables {
		rows += t.Rows
	}
	return fmt.Sprintf("%d tables, %d rows, schema %d", len(c.Tables), rows, c.App)
}

func sum256(text []byte) []byte {
	sum := sha256.Sum256(text)
	return sum[:]
}

func sumFile(path string) (string, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// writeSynced writes a file that only its owner can read, and returns when it is on the disk.
func writeSynced(path string, text []byte) error {
	if err := os.WriteFile(path, text, 0o600); err != nil { //nolint:gosec // the folder that the user names
		return err
	}
	return errors.Join(syncFile(path), syncFile(filepath.Dir(path)))
}

func syncFile(path string) error {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
