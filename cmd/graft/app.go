package main

import (
	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/docs"
)

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
			planCommand(),
			workCommand(),
			finishCommand(),
			statusCommand(),
			tapsCommand(),
			fitCommand(),
			evalCommand(),
			predictCommand(),
			serveCommand(),
			labelCommand(),
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
