package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/onnx/precision"
)

func trunkConvertCommand() *cli.Command {
	return &cli.Command{
		Name:      "convert",
		Usage:     "make a trunk with float16 weights and arithmetic: half the size, and what GPUs need for --precision fp16",
		ArgsUsage: "TRUNK",
		Description: "Pixels and features stay uint8 and float32. The new trunk is compared with the old one before it is\n" +
			"written. Heads of the old one do not fit it: its features are other ones.\n\n" +
			"Example: graft trunk convert trunk.onnx --dtype fp16 --out trunk16.onnx",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dtype", Value: precision.FP16, Usage: "`TYPE` of weights and arithmetic: fp16 (for int8 see trunk quantize)"},
			&cli.StringFlag{Name: "out", Usage: "write the trunk to `FILE`"},
			libraryFlag(),
		},
		Action: action(trunkConvertOptions, runTrunkConvert),
	}
}

type convertOf struct{ trunk, out, library string }

func trunkConvertOptions(c *cli.Context) (o convertOf, err error) {
	o.library = c.String("ort-lib")
	if o.trunk, err = one(c, "TRUNK"); err != nil {
		return o, err
	}
	if o.out, err = required(c, "out"); err != nil {
		return o, err
	}
	if dtype := c.String("dtype"); dtype != precision.FP16 {
		return o, withHint(usagef("--dtype is %q; it must be fp16", dtype), `"graft trunk quantize" makes int8 trunks`)
	}
	return o, nil
}

func runTrunkConvert(ctx context.Context, t ui.Terminal, o convertOf) error {
	f, err := trunk.Read(o.trunk)
	if err != nil {
		return err
	}
	b, err := trunk.Convert(ctx, f, o.library, o.out)
	if err != nil {
		return err
	}
	if len(b.Kept) > 0 {
		t.Say("left in fp32, since fp16 cannot hold their values or has no form of them: %s", counted(b.Kept))
	}
	t.Say("wrote %s, SHA-256 %.16s…: on synthetic images the cosine between its features and those in fp32 is at least %.6f", b.Path, b.SHA256, b.Cosine)
	return nil
}

// counted lists operators, each with how many of it there are, of texts that
// begin with the operator.
func counted(list []string) string {
	counts := map[string]int{}
	for _, text := range list {
		op, _, _ := strings.Cut(text, " ")
		counts[op]++
	}
	var parts []string
	for _, op := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", op, counts[op]))
	}
	return strings.Join(parts, ", ")
}
