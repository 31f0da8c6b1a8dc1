package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/docs"
	"graft/cmd/graft/internal/ui"
)

// action makes a command's action of the function that reads its flags and the
// one that does the work: below the first nobody knows the command line.
func action[O any](options func(*cli.Context) (O, error), run func(context.Context, ui.Terminal, O) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		o, err := options(c)
		if err != nil {
			return err
		}
		return run(c.Context, ui.Terminal{In: c.App.Reader, Out: c.App.Writer, Err: c.App.ErrWriter}, o)
	}
}

func newApp() *cli.App {
	cli.FlagStringer = docs.FlagLine
	app := &cli.App{
		Name:                      "graft",
		Usage:                     "train image classifiers on a frozen network",
		UsageText:                 "graft COMMAND [flags] [arguments]",
		Version:                   version(),
		Suggest:                   true,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true,
		// The default handler calls os.Exit.
		ExitErrHandler: func(*cli.Context, error) {},
		Commands: []*cli.Command{
			trunkCommand(),
			extractCommand(),
			tapsCommand(),
			fitCommand(),
			evalCommand(),
			predictCommand(),
			compareCommand(),
			previewCommand(),
			reportCommand(),
			checkCommand(),
			featuresCommand(),
			headCommand(),
			exportCommand(),
			cacheCommand(),
			doctorCommand(),
			completionCommand(),
			manCommand(),
		},
		Action: groupAction,
	}
	app.OnUsageError = onUsageError
	prepare(app.Commands)
	return app
}

// prepare gives every command what urfave/cli does not inherit.
func prepare(commands []*cli.Command) {
	for _, c := range commands {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true
		prepare(c.Subcommands)
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

// flagsFirst moves flags before arguments: urfave/cli, like package flag,
// stops at the first argument and would take later flags for arguments.
// Words after "--" stay arguments.
func flagsFirst(app *cli.App, args []string) []string {
	if len(args) == 0 {
		return args
	}
	head, flags, commands := args[:1:1], app.Flags, app.Commands
	rest := args[1:]
	for len(rest) > 0 {
		i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(rest[0]) })
		if i < 0 {
			break
		}
		head, flags, commands = append(head, rest[0]), commands[i].Flags, commands[i].Subcommands
		rest = rest[1:]
	}
	var options, arguments []string
	for len(rest) > 0 {
		word := rest[0]
		rest = rest[1:]
		switch {
		case word == "--":
			arguments, rest = append(arguments, rest...), nil
		case len(word) < 2 || word[0] != '-':
			arguments = append(arguments, word)
		default:
			options = append(options, word)
			if takesValue(flags, word) && len(rest) > 0 {
				options, rest = append(options, rest[0]), rest[1:]
			}
		}
	}
	if wantsHelp(options) {
		return append(head, "--help") // urfave/cli would look for help on the first argument
	}
	if len(arguments) > 0 {
		options = append(append(options, "--"), arguments...)
	}
	return append(head, options...)
}

func wantsHelp(options []string) bool {
	return slices.ContainsFunc(options, func(o string) bool { return o == "--help" || o == "-help" || o == "-h" })
}

// takesValue reports whether the word after flag is its value.
func takesValue(flags []cli.Flag, flag string) bool {
	name := strings.TrimLeft(flag, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			_, isBool := f.(*cli.BoolFlag)
			return !isBool
		}
	}
	return false
}
