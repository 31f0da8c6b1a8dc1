package main

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/docs"
	"graft/cmd/graft/internal/ui"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a script that completes commands, flags and file names in a shell",
		ArgsUsage: "bash|zsh|fish",
		Description: "Example: source <(graft completion bash)\n" +
			"Example: graft completion zsh > ~/.zfunc/_graft\n" +
			"Example: graft completion fish > ~/.config/fish/completions/graft.fish",
		Action: action(completionOptions, runCompletion),
	}
}

type completionOf struct {
	app   *cli.App
	shell string
}

func completionOptions(c *cli.Context) (o completionOf, err error) {
	o.app = c.App
	if o.shell, err = one(c, "SHELL"); err != nil {
		return o, err
	}
	if !slices.Contains(docs.Shells, o.shell) {
		return o, usagef("completion knows bash, zsh and fish, not %q", o.shell)
	}
	return o, nil
}

func runCompletion(_ context.Context, t ui.Terminal, o completionOf) error {
	return docs.Completion(t.Out, o.app, o.shell)
}

func manCommand() *cli.Command {
	return &cli.Command{
		Name:        "man",
		Usage:       "print the manual page",
		Description: "Example: graft man > graft.1 && man ./graft.1",
		Action:      action(manOptions, runMan),
	}
}

func manOptions(c *cli.Context) (*cli.App, error) { return c.App, none(c) }

func runMan(_ context.Context, t ui.Terminal, app *cli.App) error { return docs.Manual(t.Out, app) }
