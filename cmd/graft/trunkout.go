package main

import (
	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
)

// trunkOut is where a trunk goes: --out, or the cache's default trunk.
func trunkOut(c *cli.Context) (string, error) {
	if c.String("out") != "" {
		return outFile(c, "out")
	}
	return trunk.Cache{}.MakeDefault()
}

// sayBuilt says which trunk was written, and what to know of it.
func sayBuilt(t ui.Terminal, b *trunk.Built) {
	t.Say("wrote %s, SHA-256 %.16s…", b.Path, b.SHA256)
	t.Notes(trunk.Warnings(b.Trunk))
}
