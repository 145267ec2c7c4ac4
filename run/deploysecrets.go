package run

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spinoff-go/spinoff/deploy"
	"github.com/spinoff-go/spinoff/keys"
)

func (p *program) deploySecrets() *cobra.Command {
	var placement, out string
	c := &cobra.Command{
		Use:   "secrets --out FILE",
		Short: "Make the secrets of a placement, into a file that only you can read",
		Long: `Make new keys for all calls of a placement, and whatever else is secret and can be made, and write all of it to a new file, one variable a line, for
"kubectl create secret --from-env-file" or as the .env of Compose. What cannot be made, such as the password of a database, is left empty, to be filled in.
An app that no other process calls has a key too, of a consumer called operator: without one, everybody could call it.`,
		Example: `  company deploy secrets --placement placement.yaml --out company.env
  kubectl create secret generic company --from-env-file=company.env`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return errors.New("say where: --out company.env, a file that is not there yet; secrets are not printed")
			}
			plan, err := p.plan(c.Root().Name(), placement)
			if err != nil {
				return err
			}
			text, empty, err := secretsOf(plan)
			if err != nil {
				return err
			}
			if err := writeSecrets(out, text); err != nil {
				return err
			}
			fmt.Fprintln(p.stdout, out)
			if empty != nil {
				fmt.Fprintf(p.stdout, "to be filled in: %s\n", strings.Join(empty, ", "))
			}
			return nil
		},
	}
	c.Flags().StringVar(&placement, "placement", "", "file that says which apps run in which process; without it, all run in one")
	c.Flags().StringVar(&out, "out", "", "the file to make")
	return c
}

// writeSecrets makes a file that only its owner can read.
func writeSecrets(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and processes may run with what is in it: name another file, or change single keys by \"keys rotate\"", path)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// secretsOf makes the secrets of a plan, one variable a line, and names those that it cannot make.
func secretsOf(plan *deploy.Plan) (text string, empty []string, err error) {
	var b strings.Builder
	hashes, providers := map[string][]string{}, []string{}
	for _, k := range plan.Keys() {
		key, secret, err := keys.New(k.Consumer, "")
		if err != nil {
			return "", nil, err
		}
		fmt.Fprintf(&b, "%s=%s\n", k.Secret, secret)
		if hashes[k.Keys] == nil {
			providers = append(providers, k.Keys)
		}
		hashes[k.Keys] = append(hashes[k.Keys], key.String())
	}
	for _, name := range providers {
		fmt.Fprintf(&b, "%s=%s\n", name, strings.Join(hashes[name], ","))
	}
	values := plan.Values()
	if slices.Contains(values, "DATABASE_URL") {
		values = append(values, "POSTGRES_PASSWORD") // of the server that Compose starts
	}
	for _, name := range values {
		value := ""
		switch name {
		case "SPINOFF_IDENTITY_KEY":
			value = random(base64.StdEncoding)
		case "SPINOFF_METRICS_KEY", "POSTGRES_PASSWORD":
			value = random(base64.RawURLEncoding)
		default:
			empty = append(empty, name)
		}
		fmt.Fprintf(&b, "%s=%s\n", name, value)
	}
	return b.String(), empty, nil
}

// random returns 32 random bytes as text.
func random(encoding *base64.Encoding) string {
	seed := make([]byte, 32)
	rand.Read(seed)
	return encoding.EncodeToString(seed)
}
