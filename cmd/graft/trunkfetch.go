package main

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor"
	"graft/extractor/trunk"
)

func trunkFetchCommand() *cli.Command {
	return &cli.Command{
		Name:  "fetch",
		Usage: "download the official ImageNet weights of Inception v3 and build the trunk",
		Description: "Downloads torchvision's checkpoint (104 MB), goes on where a broken download stopped,\n" +
			"checks its hash, and builds the trunk into the cache, where every command finds it.\n\n" +
			"Example: graft trunk fetch",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "url", Value: trunk.OfficialURL, EnvVars: []string{"GRAFT_WEIGHTS_URL"}, Usage: "base `URL` of the weights, a mirror for instance"},
			&cli.StringFlag{Name: "weights", Value: trunk.OfficialWeights, Usage: "`NAME` of the checkpoint below the URL; the hex digits in it are checked"},
			widthFlag(),
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE` (default: the cache's default trunk)"},
		},
		Action: action(trunkFetchOptions, runTrunkFetch),
	}
}

type fetchOf struct {
	trunk.FetchSettings
	out string
}

func trunkFetchOptions(c *cli.Context) (o fetchOf, err error) {
	if err := none(c); err != nil {
		return o, err
	}
	o.FetchSettings = trunk.FetchSettings{
		URL: c.String("url"), Weights: c.String("weights"), Width: c.Float64("width"), Progress: new(extractor.Progress),
	}
	o.out, err = trunkOut(c)
	return o, err
}

func runTrunkFetch(ctx context.Context, t ui.Terminal, o fetchOf) error {
	shown := t.Follow(ui.Download{Progress: o.Progress, Begin: time.Now()})
	built, got, err := trunk.Fetch(ctx, o.FetchSettings, o.out)
	shown.Stop()
	if got != nil {
		sayDownload(t, o.Weights, got)
	}
	if err != nil {
		return err
	}
	sayBuilt(t, built)
	return nil
}

// sayDownload says how the checkpoint was had.
func sayDownload(t ui.Terminal, weights string, got *trunk.Download) {
	switch {
	case got.Present:
		t.Say("%s is there already, SHA-256 %.16s…", weights, got.SHA256)
	case got.Resumed > 0:
		t.Say("downloaded %d bytes (%d of them earlier), SHA-256 %.16s…", got.Bytes, got.Resumed, got.SHA256)
	default:
		t.Say("downloaded %d bytes, SHA-256 %.16s…", got.Bytes, got.SHA256)
	}
}
