package main

import (
	"encoding/json"

	"github.com/urfave/cli/v2"

	"graft/extractor/pixels"
	"graft/onnx"
)

// trunkFlags say which trunk runs, and on what.
func trunkFlags() []cli.Flag {
	return append(append(deviceFlags(), limitFlags()...),
		&cli.StringFlag{Name: "trunk", TakesFile: true, EnvVars: []string{"GRAFT_TRUNK"}, Usage: "trunk `FILE` (default: the cache's, or the head's own)"},
		&cli.StringFlag{Name: "ort-lib", TakesFile: true, EnvVars: []string{"GRAFT_ORT_LIB"}, Usage: "ONNX Runtime library `FILE` (default: what scripts/setup installed)"},
		&cli.IntFlag{Name: "workers", Action: atLeast("workers", 0), Usage: "decode `N` images at once", DefaultText: "one a core"},
	)
}

// transformFlags say how a photograph becomes pixels.
func transformFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "resize", Usage: "resize the short side to `PIXELS`", DefaultText: "what suits the trunk"},
		&cli.IntFlag{Name: "crop", Usage: "cut a square of `PIXELS` from the middle", DefaultText: "what suits the trunk"},
		&cli.StringFlag{Name: "exif", Value: pixels.ApplyEXIF, Usage: "`apply` the EXIF orientation, or ignore it as torchvision does"},
		&cli.BoolFlag{Name: "fast", Usage: "decode large JPEGs at 1/2, 1/4 or 1/8 of their size: faster, other pixels"},
	}
}

// dataFlags are those of commands that take photographs or features.
func dataFlags() []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "features", Usage: "keep the features in `DIR` (default: in the cache)"},
		&cli.StringFlag{Name: "list", TakesFile: true, Usage: "csv or jsonl `FILE` with path and label of each image"},
	}
	return append(flags, trunkFlags()...)
}

// transformOf is the trunk's own transform, changed by flags.
func transformOf(c *cli.Context, t onnx.Trunk) (pixels.Transform, error) {
	tr := pixels.Transform{Resize: t.Resize, Crop: t.Crop, EXIF: c.String("exif"), Fast: c.Bool("fast")}
	if tr.Resize == 0 {
		tr.Resize = tr.Crop
	}
	if c.IsSet("resize") {
		tr.Resize = c.Int("resize")
	}
	if c.IsSet("crop") {
		tr.Crop = c.Int("crop")
	}
	if t.Fixed && tr.Crop != t.Crop {
		return tr, usagef("trunk %q takes crops of %d pixels only, not of %d", t.Name, t.Crop, tr.Crop)
	}
	if err := tr.Validate(); err != nil {
		return tr, usageError{err}
	}
	return tr, nil
}

// encodeJSON is json.Marshal for values that cannot fail.
func encodeJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("graft: " + err.Error())
	}
	return b
}
