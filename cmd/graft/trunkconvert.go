package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"graft/extractor/pixels"
	"graft/onnx"
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
			&cli.StringFlag{Name: "ort-lib", TakesFile: true, EnvVars: []string{"GRAFT_ORT_LIB"}, Usage: "ONNX Runtime library `FILE` (default: what scripts/setup installed)"},
		},
		Action: trunkConvert,
	}
}

// minConvertCosine is the cosine between the features of both trunks below
// which a converted one is not written.
const minConvertCosine = 0.999

func trunkConvert(c *cli.Context) error {
	path, err := one(c, "TRUNK")
	if err != nil {
		return err
	}
	out, err := required(c, "out")
	if err != nil {
		return err
	}
	if dtype := c.String("dtype"); dtype != precision.FP16 {
		return withHint(usagef("--dtype is %q; it must be fp16", dtype), `"graft trunk quantize" makes int8 trunks`)
	}
	t, m, err := decodedTrunk(path)
	if err != nil {
		return err
	}
	half, err := precision.Half(m)
	if err != nil {
		return fmt.Errorf("trunk %q: %w", path, err)
	}
	record := precision.Record{Dtype: precision.FP16, From: t.sha256}
	if err := record.Write(half); err != nil {
		return err
	}
	worst, err := convertCosine(c, t, m, half)
	if err != nil {
		return err
	}
	if !(worst >= minConvertCosine) {
		return fmt.Errorf("trunk %q: in fp16 its features come out too far from those in fp32, with a cosine of %.4f: some of its values do not fit; nothing was written", path, worst)
	}
	fingerprint, err := writeModel(out, half)
	if err != nil {
		return err
	}
	say(c.App.ErrWriter, "wrote %s, SHA-256 %.16s…: on made-up images the cosine between its features and those in fp32 is at least %.6f", out, fingerprint, worst)
	return nil
}

// decodedTrunk reads a trunk and its graph.
func decodedTrunk(path string) (*trunkFile, *onnx.Model, error) {
	t, err := readTrunk(path)
	if err != nil {
		return nil, nil, err
	}
	m, err := onnx.Decode(t.encoded)
	if err != nil {
		return nil, nil, fmt.Errorf("trunk %q: %w", path, err)
	}
	return t, m, nil
}

// convertCosine is the least cosine between the features of two trunks.
func convertCosine(c *cli.Context, t *trunkFile, before, after *onnx.Model) (float64, error) {
	q := &quantizer{trunk: t, photos: &photographs{size: t.Crop, heldOut: pixels.Synthetic(4, t.Crop)}, library: c.String("ort-lib")}
	var err error
	if q.reference, err = q.features(c.Context, before); err != nil {
		return 0, err
	}
	cosines, err := q.Cosines(c.Context, after)
	if err != nil {
		return 0, err
	}
	worst := 1.0
	for _, v := range cosines {
		worst = min(worst, v)
	}
	return worst, nil
}
