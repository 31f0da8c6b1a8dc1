package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
)

// action makes a command's action of the function that reads its flags and the
// one that does the work: below the first nobody knows the command line.
func action[O any](options func(*cli.Context) (O, error), run func(context.Context, ui.Terminal, O) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		if err := refuseBuckets(c); err != nil {
			return err
		}
		o, err := options(c)
		if err != nil {
			return err
		}
		return run(c.Context, ui.Terminal{In: c.App.Reader, Out: c.App.Writer, Err: c.App.ErrWriter}, o)
	}
}

func onUsageError(_ *cli.Context, err error, _ bool) error {
	return withHint(usageError{err}, `"graft help" and "graft COMMAND --help" list the flags`)
}

// groupAction runs where a command was expected and none that exists was named.
func groupAction(c *cli.Context) error {
	if !c.Args().Present() {
		if len(c.Command.Subcommands) > 0 {
			return cli.ShowSubcommandHelp(c)
		}
		return cli.ShowAppHelp(c)
	}
	unknown := c.Args().First()
	if unknown == "help" {
		return cli.ShowAppHelp(c)
	}
	commands := c.App.Commands
	if len(c.Command.Subcommands) > 0 {
		commands = c.Command.Subcommands
	}
	err := usagef("unknown command %q", unknown)
	if near := suggestion(commands, unknown); near != "" {
		return withHint(err, "did you mean %q?", strings.TrimSpace(c.Command.HelpName+" "+near))
	}
	return withHint(err, "%q lists the commands", "graft help")
}

// suggestion is the command that was probably meant; nobody mistypes the first
// letter, and whatever else is like it is a guess.
func suggestion(commands []*cli.Command, unknown string) string {
	parts := strings.Split(cli.SuggestCommand(commands, unknown), `"`) // Did you mean "fit"?
	if len(parts) != 3 || unknown == "" || parts[1][0] != unknown[0] {
		return ""
	}
	return parts[1]
}
