package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/onnx"
	"graft/onnx/crosscheck"
)

func trunkInspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show what a trunk, or any ONNX model, consists of",
		ArgsUsage: "MODEL",
		Description: "Reads the file twice, the second time with an independent reader, and compares: the graph\n" +
			"must be acyclic, every node must reach an output, and the counts must agree.\n\n" +
			"Example: graft trunk inspect trunk.onnx",
		Flags:  []cli.Flag{jsonFlag()},
		Action: action(infoOptions("MODEL"), runTrunkInspect),
	}
}

func runTrunkInspect(_ context.Context, t ui.Terminal, o infoOf) error {
	file, err := os.ReadFile(o.path)
	if err != nil {
		return fmt.Errorf("read the model: %w", err)
	}
	own, err := onnx.Inspect(file)
	if err != nil {
		return fmt.Errorf("model %q: %w", o.path, err)
	}
	x := &show.Inspected{Inspection: own, Second: crosscheck.Check(file, own)}
	if own.Importable {
		own.NotTrunk += "; import it: " + show.ImportCommand(o.path, own.Candidates)
	}
	if o.asJSON {
		err = t.JSON(x)
	} else {
		show.Inspection(t.Out, x)
	}
	if problems := x.Second.Problems; err == nil && len(problems) > 0 {
		err = fmt.Errorf("model %q: the cross-check disagrees: %s", o.path, strings.Join(problems, "; "))
	}
	return err
}
