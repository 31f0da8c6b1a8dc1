package main

import "github.com/urfave/cli/v2"

func trunkImportCommand() *cli.Command { return &cli.Command{Name: "import"} }
