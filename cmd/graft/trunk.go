package main

import (
	"github.com/urfave/cli/v2"
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
			trunkTapsCommand(),
			trunkConvertCommand(),
			trunkQuantizeCommand(),
			trunkInspectCommand(),
		},
	}
}
