package run

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/data"
)

func (p *program) restore() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "restore FOLDER [APP...]",
		Short: "Put a backup in the place of the databases",
		Long: `Put a backup in the place of the databases, after a look whether it is what its manifest says. The project must not be running. What is replaced is kept
beside, as name.db.before-restore-TIME. Each app has its old or its new database at every moment, also when this is killed; when one app fails, those
before it get their old ones back.

Events: what a restored app had not sent when the backup was made is sent then; events that it consumed after the backup are delivered to it again at the next
start, as far as they are retained. What other apps have made of the events that a restored app published after the backup stays as it is: restore all apps
from one backup where that matters.`,
		Example: "  company restore /backup/2026-11-24\n  company restore /backup/2026-11-24 tickets --yes",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return p.runRestore(c.Context(), filepath.Clean(args[0]), args[1:], yes)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

func (p *program) runRestore(ctx context.Context, folder string, apps []string, yes bool) (err error) {
	m, err := readManifest(folder)
	if err != nil {
		return err
	}
	for _, name := range apps {
		if _, there := m.Apps[name]; !there {
			return fmt.Errorf("app %s is not in the backup; there are %s", name, strings.Join(slices.Sorted(maps.Keys(m.Apps)), ", "))
		}
	}
	if len(apps) == 0 {
		apps = slices.Sorted(maps.Keys(m.Apps))
	}
	databases, err := p.databases(apps)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "backup of %s, made by %s %s\n", m.Time.Local().Format(time.DateTime), m.Program, m.Version)
	for _, s := range databases {
		if err := p.checkRestore(ctx, s, folder, m.Apps[s.Name]); err != nil {
			return fmt.Errorf("app %s: %w", s.Name, err)
		}
	}
	if err := p.checkKey(folder, m); err != nil {
		return err
	}
	if err := p.confirm(fmt.Sprintf("%s will be replaced.", count(len(databases), "database", "databases")), yes); err != nil {
		return err
	}
	return p.replaceAll(ctx, databases, folder, m)
}

func readManifest(folder string) (m manifest, err error) {
	text, err := os.ReadFile(filepath.Join(folder, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("%s is no backup: it has no %s", folder, manifestFile)
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fmt.Errorf("read the manifest of %s: %w", folder, err)
	}
	return m, nil
}

// checkRestore looks whether a file of a backup is what the manifest says, and says what it would replace.
func (p *program) checkRestore(ctx context.Context, s stored, folder string, app manifestApp) error {
	path := filepath.Join(folder, filepath.Base(app.File))
	sum, err := sumFile(path)
	if err != nil {
		return err
	}
	if sum != app.SHA256 {
		return fmt.Errorf("%s is not the file that was backed up: its SHA-256 is %s, and the manifest has %s", path, sum, app.SHA256)
	}
	found, err := s.db.ReadBackup(ctx, path)
	if err != nil {
		return err
	}
	if diff := differ(app.Contents, found); diff != "" {
		return fmt.Errorf("%s does not hold what the manifest says: %s", path, diff)
	}
	if err := s.db.InUse(ctx); err != nil {
		return err
	}
	status, err := s.db.Status(ctx)
	if err != nil {
		return err
	}
	now := "which is not there yet"
	if status.Exists {
		now = fmt.Sprintf("which has schema %d", status.App.Now)
	}
	fmt.Fprintf(p.stdout, "%s: %s, in the place of %s, %s\n", s.Name, contents(found), status.Name, now)
	return nil
}

// differ names the first table in which two databases differ.
func differ(want, got data.Contents) string {
	for i, t := range want.Tables {
		switch {
		case i >= len(got.Tables) || got.Tables[i].Name != t.Name:
			return "table " + t.Name + " is missing"
		case got.Tables[i] != t:
			return fmt.Sprintf("table %s has %d rows with the checksum %s, not %d with %s", t.Name, got.Tables[i].Rows, got.Tables[i].SHA256, t.Rows, t.SHA256)
		}
	}
	if len(got.Tables) != len(want.Tables) || got.App != want.App || got.System != want.System {
		return "its schema is another one"
	}
	return ""
}

// checkKey looks at the key of the backup. It is put back only where there is none: one that is there is that of the processes that run.
func (p *program) checkKey(folder string, m manifest) error {
	if m.Key == "" {
		return nil
	}
	key, err := os.ReadFile(filepath.Join(folder, identityFile))
	if err == nil && hex.EncodeToString(sum256(key)) != m.Key {
		err = fmt.Errorf("%s is not the key that was backed up", filepath.Join(folder, identityFile))
	}
	return err
}

func (p *program) restoreKey(folder string, m manifest) error {
	to := filepath.Join(p.options.withDefaults().Data, identityFile)
	if _, err := os.Lstat(to); m.Key == "" || err == nil {
		return nil
	}
	key, err := os.ReadFile(filepath.Join(folder, identityFile))
	if err != nil {
		return err
	}
	return writeSynced(to, key)
}

// replaceAll makes everything ready, and then replaces one database after the other.
func (p *program) replaceAll(ctx context.Context, databases []stored, folder string, m manifest) (err error) {
	folderOfData := p.options.withDefaults().Data
	if err := os.MkdirAll(folderOfData, 0o700); err != nil {
		return err
	}
	now := time.Now()
	var ready []*restoring
	defer func() {
		for _, r := range slices.Backward(ready) {
			if err != nil {
				err = errors.Join(err, r.Undo(context.WithoutCancel(ctx)))
			}
			err = errors.Join(err, r.Close())
		}
	}()
	for _, s := range databases {
		r, err := s.db.Stage(ctx, filepath.Join(folder, filepath.Base(m.Apps[s.Name].File)), filepath.Join(folderOfData, s.Name+".db"), m.Time, now)
		if err != nil {
			return fmt.Errorf("app %s: %w", s.Name, err)
		}
		ready = append(ready, &restoring{r, s.Name})
	}
	if err := p.restoreKey(folder, m); err != nil {
		return err
	}
	for _, r := range ready {
		if err := r.Replace(ctx); err != nil {
			return fmt.Errorf("app %s: %w", r.app, err)
		}
	}
	for _, r := range ready {
		if r.Kept() == "" {
			fmt.Fprintf(p.stdout, "%s is restored\n", r.app)
		} else {
			fmt.Fprintf(p.stdout, "%s is restored; what it was before is in %s\n", r.app, r.Kept())
		}
	}
	return nil
}

// restoring is a database that is about to be replaced, and its app.
type restoring struct {
	*data.Restoring
	app string
}
