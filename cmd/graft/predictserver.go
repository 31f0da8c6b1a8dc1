package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/serve/client"
)

// headAndPaths are the arguments.
func headAndPaths(c *cli.Context) (head string, paths []string, err error) {
	if listed := c.String("list") != ""; c.NArg() < 2 && !(listed && c.NArg() == 1) {
		return "", nil, withHint(usagef("predict takes HEAD and one PATH or more"), "graft predict head.onnx photographs")
	} else if listed && (c.NArg() > 2 || c.Args().Get(1) == "-") {
		return "", nil, usagef("--list takes one PATH at most, the folder that its paths start at")
	}
	for _, flag := range []string{"model", "token-file"} {
		if c.IsSet(flag) {
			return "", nil, usagef("--%s is for --server", flag)
		}
	}
	return c.Args().First(), c.Args().Tail(), nil
}

// serverOptions say which service is asked; the arguments are paths.
func serverOptions(c *cli.Context) (o client.Options, paths []string, err error) {
	if !c.Args().Present() {
		return o, nil, withHint(usagef("predict --server takes one PATH or more"), "graft predict --server http://127.0.0.1:8080 photographs")
	}
	for _, flag := range []string{"device", "trunk", "precision", "batch-size", "gpu-mem", "conv-search", "max-pixels"} {
		fromEnvironment := os.Getenv("GRAFT_"+strings.ToUpper(flag)) != "" // of device and trunk: not meant for this
		if c.IsSet(flag) && !fromEnvironment {
			return o, nil, usagef("--%s is not for --server: the service has its own", flag)
		}
	}
	o = client.Options{URL: c.String("server"), Model: c.String("model"), Workers: c.Int("workers")}
	if path := c.String("token-file"); path != "" {
		o.Token, err = firstToken(path)
	}
	return o, c.Args().Slice(), err
}

// firstToken is the first line of a file of tokens.
func firstToken(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line, nil
		}
	}
	return "", fmt.Errorf("read the token: %q holds none", path)
}
