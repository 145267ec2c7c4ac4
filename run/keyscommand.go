package run

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/keys"
)

func (p *program) keys() *cobra.Command {
	c := &cobra.Command{
		Use:   "keys",
		Short: "Say which consumers may call an app over HTTP",
		Long: `Make, replace and revoke the keys by which consumers call the endpoints of an app over HTTP.

The hashes of the keys of the app faq are in the file that FAQ_KEYS_FILE names, by default keys/faq.keys in the data folder, and in FAQ_KEYS; nobody can
call by a hash. Running processes take a change of the file within a second. An app without keys lets in whoever reaches it, and may listen on this machine only.`,
		Example: `  company keys add faq support
  company keys rotate faq support          # a second key; the first one stays good
  company keys revoke faq support --old    # when support has the new one
  company keys list`,
	}
	c.AddCommand(p.keysAdd(), p.keysRotate(), p.keysRevoke(), p.keysList())
	return c
}

func (p *program) keysAdd() *cobra.Command {
	var at string
	c := &cobra.Command{
		Use:   "add APP CONSUMER",
		Short: "Make the first key of a consumer, and print its secret, once",
		Long: "Make the first key of a consumer of an app: its secret is printed once, and kept nowhere; its hash goes into the file of the app's keys.\n" +
			"With the first key of its first consumer, an app begins to ask everybody who calls over HTTP for one.",
		Example: "  company keys add faq support\n  company keys add faq support --at https://faq.example.com",
		Args:    cobra.ExactArgs(2),
		RunE:    func(_ *cobra.Command, args []string) error { return p.makeKey(args[0], args[1], at, false) },
	}
	c.Flags().StringVar(&at, "at", "", "address of the app as the consumer reaches it, to be printed with the secret (default: that of \"up\" on this machine)")
	return c
}

func (p *program) keysRotate() *cobra.Command {
	var at string
	c := &cobra.Command{
		Use:   "rotate APP CONSUMER",
		Short: "Make one more key of a consumer; those it has stay good until they are revoked",
		Long: "Make one more key of a consumer, so that it can change to it without a moment in which it has none: give it the new one, see in the list\n" +
			"that the old one is no longer used, and revoke that.",
		Example: "  company keys rotate faq support\n  company keys list faq                    # is the new one used, and the old one no longer?\n  company keys revoke faq support --old",
		Args:    cobra.ExactArgs(2),
		RunE:    func(_ *cobra.Command, args []string) error { return p.makeKey(args[0], args[1], at, true) },
	}
	c.Flags().StringVar(&at, "at", "", "address of the app as the consumer reaches it, to be printed with the secret (default: that of \"up\" on this machine)")
	return c
}

func (p *program) keysRevoke() *cobra.Command {
	var all, old bool
	c := &cobra.Command{
		Use:   "revoke APP CONSUMER [KEY]",
		Short: "Make keys of a consumer good for nothing",
		Long: "Take keys of a consumer out of the file of the app's keys. Running processes refuse them within a second. An app whose last key is revoked\n" +
			"goes on asking, and lets nobody in.",
		Example: "  company keys revoke faq support 1f0a22c9\n  company keys revoke faq support --old    # all but the newest\n  company keys revoke faq support --all",
		Args:    cobra.RangeArgs(2, 3),
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 3 && !all && !old:
				return p.revokeKeys(args[0], args[1], func(k keys.Key, _ bool) bool { return k.ID() == args[2] })
			case len(args) == 2 && old && !all:
				return p.revokeKeys(args[0], args[1], func(_ keys.Key, newest bool) bool { return !newest })
			case len(args) == 2 && all && !old:
				return p.revokeKeys(args[0], args[1], func(keys.Key, bool) bool { return true })
			}
			return errors.New(`which key? Name one as "keys list" shows it, or say --old (all but the newest) or --all`)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "all keys of the consumer, who cannot call any more")
	c.Flags().BoolVar(&old, "old", false, "all keys of the consumer but the newest")
	return c
}

func (p *program) keysList() *cobra.Command {
	return &cobra.Command{
		Use:   "list [APP]",
		Short: "Print who may call, and which keys were used when",
		Long: "Print the keys of an app, or of all, by which nobody can call. How often a key was used is what processes with this data folder have seen;\n" +
			"they write it down once a minute, and when they end.",
		Example: "  company keys list\n  company keys list faq",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return p.listKeys(args) },
	}
}

// keysOf returns the app with its keys as the environment and the files have them.
func (p *program) keysOf(app string) (*Process, *placed, error) {
	p.options.Calling = true
	process, err := New(p.project, p.options)
	if err != nil {
		return nil, nil, err
	}
	a := process.find(app)
	switch {
	case a == nil:
		return nil, nil, fmt.Errorf("there is no app %q; there are %s", app, strings.Join(process.names(), ", "))
	case a.keys == nil:
		return nil, nil, fmt.Errorf("app %s has no endpoints: there is nothing to call, and no key to call it with", app)
	}
	return process, a, nil
}

// makeKey makes a key and prints its secret. more says that the consumer has one already.
func (p *program) makeKey(app, consumer, at string, more bool) error {
	base, err := addressOf(app, at)
	if err != nil {
		return err
	}
	process, a, err := p.keysOf(app)
	if err != nil {
		return err
	}
	has := slices.ContainsFunc(a.keys.Keys(), func(k keys.Key) bool { return k.Consumer == consumer })
	switch {
	case has && !more:
		return fmt.Errorf("%s has a key of %s already; one more is made by: keys rotate %s %s", consumer, app, app, consumer)
	case !has && more:
		return fmt.Errorf("%s has no key of %s; the first one is made by: keys add %s %s", consumer, app, app, consumer)
	}
	key, secret, err := keys.New(consumer, "made "+process.options.Now().UTC().Format(time.DateOnly))
	if err != nil {
		return err
	}
	file, _ := process.options.keysFile(app)
	if err := keys.Add(file, key); err != nil {
		return err
	}
	base.User = url.UserPassword(consumer, secret)
	fmt.Fprintf(p.stdout, "Key %s of %s. Its secret is shown this once; %s calls with\n  %s=%s\n\n", key.ID(), consumer, consumer, spinoff.Variable(app), base)
	fmt.Fprintf(p.stdout, "The hash is in %s, and processes that read this file take it within a second. Others get\n  %s=%s\n", file, keysVariable(app), key)
	switch {
	case !a.keys.Asks():
		fmt.Fprintf(p.stdout, "\nThis is the first key of %s: from now on every call of %s over HTTP needs one.\n", app, app)
	case more:
		fmt.Fprintf(p.stdout, "\nThe older keys of %s stay good until: keys revoke %s %s --old\n", consumer, app, consumer)
	}
	return nil
}

// addressOf reads --at, which has no consumer in it.
func addressOf(app, at string) (*url.URL, error) {
	if at == "" {
		at = "http://127.0.0.1:8000/" + app
	}
	bases, err := call.ParseBases(at)
	switch {
	case err == nil && len(bases) > 1:
		err = errors.New("it is one address; write the key that is printed into each of several yourself")
	case err == nil && bases[0].User != nil:
		err = errors.New("it has a consumer in it; the new one and its secret are added to the plain address")
	}
	if err != nil {
		return nil, fmt.Errorf("--at: %w", err)
	}
	return bases[0], nil
}

// revokeKeys takes the keys of a consumer for which gone says so out of the file.
func (p *program) revokeKeys(app, consumer string, gone func(k keys.Key, newest bool) bool) error {
	process, a, err := p.keysOf(app)
	if err != nil {
		return err
	}
	file, _ := process.options.keysFile(app)
	var newest keys.Key // the last one counts: they are added at the end
	for _, k := range a.keys.Keys() {
		if k.Consumer == consumer {
			newest = k
		}
	}
	doomed := func(k keys.Key) bool { return k.Consumer == consumer && gone(k, k.Hash == newest.Hash) }
	fixed, err := keys.Parse(process.options.Environ(keysVariable(app)))
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(fixed, doomed); i >= 0 {
		return fmt.Errorf("key %s of %s is in %s: take it out there, and start the processes of %s again", fixed[i].ID(), consumer, keysVariable(app), app)
	}
	removed, err := keys.Remove(file, doomed)
	if err != nil {
		return err
	}
	if len(removed) == 0 {
		return fmt.Errorf("%s has no such key of %s; \"keys list %s\" shows those there are", consumer, app, app)
	}
	for _, k := range removed {
		fmt.Fprintf(p.stdout, "Key %s of %s is good for nothing, within a second.\n", k.ID(), consumer)
	}
	return nil
}

// listKeys prints the keys of an app, or of all.
func (p *program) listKeys(apps []string) error {
	if len(apps) == 1 {
		if _, _, err := p.keysOf(apps[0]); err != nil {
			return err
		}
	}
	p.options.Calling = true
	process, err := New(p.project, p.options)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "APP\tCONSUMER\tKEY\tNOTE\tCALLS\tLAST USED")
	for _, a := range process.apps {
		if a.keys == nil || len(apps) == 1 && a.Name != apps[0] {
			continue
		}
		uses, err := keys.ReadUses(process.options.keysUsed(a.Name))
		if err != nil {
			return err
		}
		if !a.keys.Asks() {
			fmt.Fprintf(table, "%s\teverybody on this machine\n", a.Name)
		}
		for _, k := range a.keys.Keys() {
			calls, last := "-", "not known"
			if u, ok := uses[k.ID()]; ok {
				calls, last = fmt.Sprint(u.Calls), u.Last.UTC().Format("2006-01-02 15:04")
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", a.Name, k.Consumer, k.ID(), k.Note, calls, last)
		}
	}
	return table.Flush()
}
