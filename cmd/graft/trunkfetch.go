package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor"
	"graft/extractor/trunk"
)

func trunkFetchCommand() *cli.Command {
	return &cli.Command{
		Name:      "fetch",
		Usage:     "download a trunk: Inception v3, one of a short list, or any ONNX model of a hub",
		ArgsUsage: "[NAME|hf:OWNER/MODEL[@REV][/FILE]]",
		Description: "Without a name: torchvision's Inception v3 (104 MB), whose trunk goes into the cache, where every\n" +
			"command finds it. With one: an ONNX export on Hugging Face's hub, imported with its own\n" +
			"configuration. Broken downloads go on where they stopped; hashes are checked. A model that wants\n" +
			"credentials gets those of $HF_TOKEN; $HF_ENDPOINT names a mirror. By name:\n\n" + knownTrunks() + "\n" +
			"Example: graft trunk fetch dinov2-small --out dinov2.onnx",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "url", Value: trunk.OfficialURL, EnvVars: []string{"GRAFT_WEIGHTS_URL"}, Usage: "base `URL` of the weights, a mirror for instance"},
			&cli.StringFlag{Name: "weights", Value: trunk.OfficialWeights, Usage: "`NAME` of the checkpoint below the URL; the hex digits in it are checked"},
			widthFlag(),
			&cli.StringFlag{Name: "output", Usage: "of a hub's model: `NAME` of the value that becomes the features"},
			&cli.StringFlag{Name: "pool", Usage: "of a hub's model: how tokens or a map become one vector, as in trunk import"},
			&cli.StringFlag{Name: "preset", Usage: "of a hub's model without a configuration: mean and std by `NAME`, as in trunk import"},
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE` (default without a name: the cache's default trunk)"},
			libraryFlag(),
		},
		Action: action(trunkFetchOptions, runTrunkFetch),
	}
}

// knownTrunks is the table of trunks with a name.
func knownTrunks() string {
	var b strings.Builder
	for _, k := range trunk.KnownTrunks {
		fmt.Fprintf(&b, "   %-14s %4d MB  %-10s  %s\n", k.Name, k.Megabytes, k.Licence, k.About)
	}
	return b.String()
}

type fetchOf struct {
	trunk.FetchSettings
	model *trunk.Reference // on a hub; nil: the official checkpoint
	hub   trunk.HubSettings
	out   string
}

func trunkFetchOptions(c *cli.Context) (o fetchOf, err error) {
	if c.Args().Present() {
		return hubOptions(c)
	}
	o.FetchSettings = trunk.FetchSettings{
		URL: c.String("url"), Weights: c.String("weights"), Width: c.Float64("width"), Progress: new(extractor.Progress),
	}
	o.out, err = trunkOut(c)
	return o, err
}

// hubOptions are those of a model on a hub.
func hubOptions(c *cli.Context) (o fetchOf, err error) {
	name, err := one(c, "NAME")
	if err != nil {
		return o, err
	}
	o.hub = trunk.HubSettings{URL: os.Getenv("HF_ENDPOINT"), Token: os.Getenv("HF_TOKEN"), Progress: new(extractor.Progress)}
	o.hub.Library, o.hub.Output, o.hub.Pool = c.String("ort-lib"), c.String("output"), c.String("pool")
	if preset := c.String("preset"); preset != "" {
		p, ok := trunk.Presets[preset]
		if !ok {
			return o, usagef("--preset is %q; it must be imagenet, half, clip or raw", preset)
		}
		o.hub.Mean, o.hub.Std = p[0], p[1]
	}
	var r trunk.Reference
	if strings.HasPrefix(name, "hf:") {
		r, err = trunk.ParseReference(name)
	} else {
		o.hub.Known, err = trunk.FindKnown(name)
		r = o.hub.Known.Reference
	}
	if err != nil {
		return o, usageError{err}
	}
	o.model = &r
	o.out, err = outFile(c, "out")
	return o, err
}

func runTrunkFetch(ctx context.Context, t ui.Terminal, o fetchOf) error {
	if o.model != nil {
		return runFetchHub(ctx, t, o)
	}
	shown := t.Follow(ui.Download{Progress: o.Progress, Begin: time.Now()})
	built, got, err := trunk.Fetch(ctx, o.FetchSettings, o.out)
	shown.Stop()
	if got != nil {
		show.Download(t, o.Weights, got)
	}
	if err != nil {
		return err
	}
	show.Built(t, built)
	return nil
}

func runFetchHub(ctx context.Context, t ui.Terminal, o fetchOf) error {
	shown := t.Follow(ui.Download{Progress: o.hub.Progress, Begin: time.Now()})
	f, err := trunk.FetchHub(ctx, *o.model, o.hub, o.out)
	shown.Stop()
	if err != nil {
		return show.Candidates(t, err)
	}
	show.Download(t, o.model.String(), f.Files[0])
	if f.Files[0].Promised == "" && o.hub.Known.SHA256 == "" {
		t.Say("the hub names no hash of it: that it is whole is known, that it is the right one is not")
	} else if o.hub.Known.SHA256 == "" {
		t.Say("the hash is the one that the hub names; the trunk records it, and commit %.12s", f.Revision)
	}
	show.Imported(t, &f.Imported)
	return nil
}
