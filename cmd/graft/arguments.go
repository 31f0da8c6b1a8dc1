package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor/durable"
)

// one returns the only argument, which the usage calls name.
func one(c *cli.Context, name string) (string, error) {
	args, err := exactly(c, name)
	if err != nil {
		return "", err
	}
	return args[0], nil
}

// exactly returns the arguments, one for each name.
func exactly(c *cli.Context, names ...string) ([]string, error) {
	if c.NArg() == len(names) {
		return c.Args().Slice(), nil
	}
	hint := "graft " + commandPath(c) + " " + strings.Join(names, " ") + " …"
	if len(names) == 1 {
		return nil, withHint(usagef("%s takes one %s, got %d", commandPath(c), names[0], c.NArg()), "%s", hint)
	}
	last := len(names) - 1
	return nil, withHint(usagef("%s takes %s and %s, got %d arguments", commandPath(c), strings.Join(names[:last], ", "), names[last], c.NArg()), "%s", hint)
}

// infoOf is what commands need that look into one file or folder.
type infoOf struct {
	path   string
	asJSON bool
}

// infoOptions read its path, which the usage calls name.
func infoOptions(name string) func(*cli.Context) (infoOf, error) {
	return func(c *cli.Context) (infoOf, error) {
		path, err := one(c, name)
		return infoOf{path, c.Bool("json")}, err
	}
}

// none says that a command takes no arguments.
func none(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("%s takes no arguments, got %q", commandPath(c), c.Args().First())
	}
	return nil
}

// required returns the value of a flag that must be set.
func required(c *cli.Context, flag string) (string, error) {
	value := c.String(flag)
	if value == "" {
		return "", usagef("%s needs --%s", commandPath(c), flag)
	}
	return value, nil
}

// outFile is the file that a flag must name. What keeps it from being written is
// said before the work, not after.
func outFile(c *cli.Context, flag string) (string, error) {
	path, err := required(c, flag)
	if err != nil {
		return "", err
	}
	return path, durable.Check(path)
}

// commandPath is "extract" or "trunk build".
func commandPath(c *cli.Context) string {
	path := c.Command.Name
	for _, parent := range c.Lineage() {
		if parent.Command != nil && parent.Command.Name != "" && parent.Command != c.Command && parent.Command.Name != c.App.Name {
			path = parent.Command.Name + " " + path
		}
	}
	return path
}
