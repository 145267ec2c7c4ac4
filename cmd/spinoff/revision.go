package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// documentPair is a document and what it has become.
type documentPair struct {
	oldName, newName string
	old, new         []byte
}

// documents reads what contract diff compares: two files, or files in two revisions.
func documents(ctx context.Context, args []string) ([]documentPair, error) {
	before, after, revisions := strings.Cut(args[0], "..")
	if _, err := os.Stat(args[0]); err == nil || len(args) == 2 && isFile(args[1]) && isFile(args[0]) {
		revisions = false
	}
	if revisions {
		before, after = orHead(before), orHead(after)
		if branch, sinceFork := strings.CutPrefix(after, "."); sinceFork { // main...HEAD: since they have parted
			fork, err := git(ctx, "merge-base", before, orHead(branch))
			if err != nil {
				return nil, err
			}
			before, after = strings.TrimSpace(string(fork)), orHead(branch)
		}
		return inRevisions(ctx, before, after, args[1:])
	}
	if len(args) != 2 {
		return nil, errors.New("say two documents, as in spinoff contract diff old.yaml new.yaml, or two revisions, as in spinoff contract diff main..HEAD")
	}
	p := documentPair{oldName: args[0], newName: args[1]}
	var err error
	if p.old, err = os.ReadFile(args[0]); err != nil {
		return nil, err
	}
	p.new, err = os.ReadFile(args[1])
	return []documentPair{p}, err
}

func isFile(name string) bool {
	s, err := os.Stat(name)
	return err == nil && !s.IsDir()
}

func orHead(revision string) string {
	if revision == "" {
		return "HEAD"
	}
	return revision
}

// inRevisions reads files as they were in two revisions. Without paths they are all that are called contract.json. One that is only in the
// new revision is a new contract, which breaks nobody; one that is only in the old one is compared with an empty document.
func inRevisions(ctx context.Context, before, after string, paths []string) ([]documentPair, error) {
	given := len(paths) > 0
	inOld, err := filesIn(ctx, before, paths)
	if err != nil {
		return nil, err
	}
	inNew, err := filesIn(ctx, after, paths)
	if err != nil {
		return nil, err
	}
	if !given {
		named := func(name string) bool { return path.Base(name) != "contract.json" }
		inOld, inNew = slices.DeleteFunc(inOld, named), slices.DeleteFunc(inNew, named)
	}
	if len(inOld)+len(inNew) == 0 {
		return nil, fmt.Errorf("neither %s nor %s has a contract.json below this folder; name the documents to compare", before, after)
	}
	var pairs []documentPair
	for _, name := range inOld {
		if !slices.Contains(inNew, name) {
			return nil, fmt.Errorf("%s:%s is gone in %s; a contract that was released stays, with its operations retired one by one", before, name, after)
		}
		p := documentPair{oldName: before + ":" + name, newName: after + ":" + name}
		if p.old, err = git(ctx, "show", before+":./"+name); err != nil {
			return nil, err
		}
		if p.new, err = git(ctx, "show", after+":./"+name); err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// filesIn lists the files of a revision below this folder, or those of the paths.
func filesIn(ctx context.Context, revision string, paths []string) ([]string, error) {
	if strings.HasPrefix(revision, "-") {
		return nil, fmt.Errorf("%s is no revision", revision)
	}
	out, err := git(ctx, append([]string{"ls-tree", "-r", "-z", "--name-only", revision, "--"}, paths...)...)
	if err != nil {
		return nil, err
	}
	names := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	return slices.DeleteFunc(names, func(name string) bool { return name == "" }), nil
}

func git(ctx context.Context, args ...string) ([]byte, error) {
	var failed bytes.Buffer
	c := exec.CommandContext(ctx, "git", args...) // #nosec G204 -- the arguments are revisions and paths that the user names
	c.Stderr = &failed
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %s (%w)", strings.Join(args, " "), strings.TrimSpace(failed.String()), err)
	}
	return out, nil
}
