package main

import (
	"github.com/urfave/cli/v2"

	"graft/extractor/trunk"
)

// trunkOut is where a trunk goes: --out, or the cache's default trunk.
func trunkOut(c *cli.Context) (string, error) {
	if c.String("out") != "" {
		return outFile(c, "out")
	}
	return trunk.Cache{}.MakeDefault()
}
