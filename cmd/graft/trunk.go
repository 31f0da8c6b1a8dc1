package main

import (
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"graft/extractor/durable"
	"graft/onnx"
)

func trunkCommand() *cli.Command {
	return &cli.Command{
		Name:        "trunk",
		Usage:       "get, build, import, convert and inspect trunks, the frozen networks",
		Description: "Example: graft trunk fetch",
		Action:      groupAction,
		Subcommands: []*cli.Command{
			trunkFetchCommand(),
			trunkBuildCommand(),
			trunkImportCommand(),
			trunkConvertCommand(),
			trunkQuantizeCommand(),
			trunkInspectCommand(),
		},
	}
}

// writeModel writes a model to path and returns its fingerprint. There is no
// file if anything goes wrong.
func writeModel(path string, m *onnx.Model) (fingerprint string, err error) {
	encoded := m.Encode()
	err = durable.Write(path, func(w io.Writer) error {
		_, err := w.Write(encoded)
		return err
	})
	if err != nil {
		return "", err
	}
	return onnx.Fingerprint(encoded), nil
}

// outOrDefault is where a trunk goes: --out, or the cache's default trunk.
func outOrDefault(c *cli.Context) (string, error) {
	if out := c.String("out"); out != "" {
		return out, nil
	}
	return cachePathFor("trunks", defaultTrunk)
}

// cachePathFor is cachePath with the folder of the file made.
func cachePathFor(dir, name string) (string, error) {
	folder, err := cachePath(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	return cachePath(dir, name)
}

// one returns the only argument, which the usage calls name.
func one(c *cli.Context, name string) (string, error) {
	if c.NArg() != 1 {
		return "", withHint(usagef("%s takes one %s, got %d", commandPath(c), name, c.NArg()), "graft %s %s …", commandPath(c), name)
	}
	return c.Args().First(), nil
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
