package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/ingest"
	"graft/extractor/trunk"
)

func cacheCommand() *cli.Command {
	return &cli.Command{
		Name:        "cache",
		Usage:       "show and clear the cache: features, trunks, libraries",
		Description: "Example: graft cache info",
		Action:      groupAction,
		Subcommands: []*cli.Command{
			{
				Name: "info", Usage: "show what lies where, how big and how old",
				Description: "Example: graft cache info",
				Flags:       []cli.Flag{jsonFlag()},
				Action:      action(cacheInfoOptions, runCacheInfo),
			},
			{
				Name: "clear", Usage: "remove parts of the cache, without asking",
				Description: "Everything in the cache can be made again. Folders named with --features lie elsewhere and\n" +
					"are never touched.\n\nExample: graft cache clear --features",
				Flags: []cli.Flag{
					&cli.BoolFlag{Name: "features", Usage: "remove features, also those that were fetched from buckets, and what check measured"},
					&cli.BoolFlag{Name: "trunks", Usage: "remove trunks, and unfinished downloads of them"},
					&cli.BoolFlag{Name: "all", Usage: "remove everything, ONNX Runtime too"},
				},
				Action: action(cacheClearOptions, runCacheClear),
			},
		},
	}
}

func cacheInfoOptions(c *cli.Context) (asJSON bool, err error) { return c.Bool("json"), none(c) }

func runCacheInfo(_ context.Context, t ui.Terminal, asJSON bool) error {
	contents, err := ingest.ReadCache(trunk.Cache{})
	if err != nil {
		return err
	}
	if asJSON {
		return t.JSON(contents)
	}
	show.Cache(t.Out, contents)
	return nil
}

// cacheClearOptions are the parts of the cache to remove.
func cacheClearOptions(c *cli.Context) (parts []string, err error) {
	if err := none(c); err != nil {
		return nil, err
	}
	switch all := c.Bool("all"); {
	case all:
		parts = ingest.Parts
	default:
		if c.Bool("trunks") {
			parts = append(parts, "trunks", "downloads")
		}
		if c.Bool("features") {
			parts = append(parts, "features", "buckets")
		}
	}
	if parts == nil {
		return nil, usagef("cache clear needs --features, --trunks or --all")
	}
	return parts, nil
}

func runCacheClear(_ context.Context, t ui.Terminal, parts []string) error {
	removed, err := ingest.Clear(trunk.Cache{}, parts)
	for _, r := range removed {
		t.Say("removed %s, %s", r.Path, ui.Megabytes(r.Bytes))
	}
	return err
}
