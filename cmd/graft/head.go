package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/head/classify"
)

func headCommand() *cli.Command {
	return &cli.Command{
		Name:        "head",
		Usage:       "look into heads",
		Description: "Example: graft head info head.onnx",
		Action:      groupAction,
		Subcommands: []*cli.Command{{
			Name: "info", Usage: "show what a head is and how it was trained", ArgsUsage: "HEAD",
			Description: "With --json one object: labels, dim, trunk_sha256, tap, transform, training_images_listed and\n" +
				"training, the record: solver with its settings, rows, counts, epochs (the curve), rates or\n" +
				"sweep, calibration, versions, fingerprints of trunk and data.\n\n" +
				"Example: graft head info head.onnx",
			Flags:  []cli.Flag{jsonFlag()},
			Action: action(infoOptions("HEAD"), runHeadInfo),
		}},
	}
}

func runHeadInfo(_ context.Context, t ui.Terminal, o infoOf) error {
	h, err := classify.ReadHead(o.path)
	if err != nil {
		return err
	}
	id := h.Identity
	d := show.Described{
		Labels: h.Classes(), Dim: h.Width(), Trunk: id.Trunk, Tap: id.Tap, Transform: id.Transform,
		Images: len(h.TrainedOn), Training: h.Training,
	}
	if o.asJSON {
		return t.JSON(d)
	}
	show.Head(t.Out, d)
	return nil
}
