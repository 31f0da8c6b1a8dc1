package main

import (
	"fmt"
	"io"
	"math"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/extractor/pixels"
	"graft/onnx"
	"graft/onnx/headmodel"
	"graft/onnx/ort"
)

func exportCommand() *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "put trunk and head into one ONNX model",
		ArgsUsage: "HEAD",
		Description: "The model takes pixels, uint8 n×h×w×3, and gives probabilities; labels and transform are in\n" +
			"its metadata. It is compared with trunk and head before it is written.\n\n" +
			"Example: graft export head.onnx --images photographs --out classifier.onnx",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the model to `FILE`"},
			&cli.StringFlag{Name: "images", Usage: "compare on the images at `PATH`, the first 16 (default: on made-up ones)"},
			&cli.BoolFlag{Name: "with-features", Usage: "the model gives the features, too"},
			&cli.StringFlag{Name: "licence", Usage: "what the makers of the weights ask of users: `TEXT`"},
		}, trunkFlags()...),
		Action: exportHead,
	}
}

// maxExportDifference is the largest difference of a probability at which a
// merged model is written.
const maxExportDifference = 1e-5

func exportHead(c *cli.Context) error {
	path, err := one(c, "HEAD")
	if err != nil {
		return err
	}
	out, err := required(c, "out")
	if err != nil {
		return err
	}
	h, err := readHead(path)
	if err != nil {
		return err
	}
	t, err := findTrunkOf(c, h)
	if err != nil {
		return err
	}
	crops, err := exportCrops(c, h.transform)
	if err != nil {
		return err
	}
	content, err := t.content()
	if err != nil {
		return err
	}
	trunk, err := onnx.Decode(content)
	if err != nil {
		return fmt.Errorf("trunk %q: %w", t.path, err)
	}
	m, err := headmodel.Merge(trunk, h.model, headmodel.MergeOptions{
		Features: c.Bool("with-features"), Fingerprint: t.sha256, Licence: c.String("licence"),
	})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	encoded := m.Encode()
	difference, err := exportDifference(c, encoded, t, h, crops)
	if err != nil {
		return err
	}
	if !(difference <= maxExportDifference) {
		return fmt.Errorf("export: the merged model differs from trunk and head by up to %.2g in a probability; nothing was written", difference)
	}
	err = durable.Write(out, func(w io.Writer) error {
		_, err := w.Write(encoded)
		return err
	})
	if err != nil {
		return err
	}
	say(c.App.ErrWriter, "wrote %s, opset %d, SHA-256 %.16s…: on %d images no probability differs by more than %.2g from trunk and head",
		out, m.Opset(), onnx.Fingerprint(encoded), len(crops), difference)
	return nil
}

// exportCrops are the crops to compare on: of real images, or noise.
func exportCrops(c *cli.Context, tr pixels.Transform) ([][]byte, error) {
	const n = 16
	var crops [][]byte
	if c.String("images") == "" {
		return pixels.Synthetic(4, tr.Crop), nil
	}
	found, err := dataset.FromPaths(c.Context, []string{c.String("images")}, dataOptions(c))
	if err != nil {
		return nil, err
	}
	data, err := found.Collect(c.Context)
	if err != nil {
		return nil, err
	}
	defer data.Close()
	for crop, err := range extractor.Crops(c.Context, data, extractor.CropSettings{Transform: tr, Limits: limitsOf(c)}) {
		if err != nil {
			return nil, err
		}
		if crop.Err != nil {
			say(c.App.ErrWriter, "%s: %v", crop.Sample.Path, crop.Err)
			continue
		}
		if crops = append(crops, crop.Pixels); len(crops) == n {
			break
		}
	}
	if len(crops) == 0 {
		return nil, fmt.Errorf("export: no image of %q could be read", c.String("images"))
	}
	return crops, nil
}

// exportDifference runs the merged model, and trunk and head one after the
// other, and returns the largest difference of a probability.
func exportDifference(c *cli.Context, merged []byte, t *trunkFile, h *headFile, crops [][]byte) (float64, error) {
	o, err := deviceOptions(c)
	if err != nil {
		return 0, err
	}
	trunk, err := t.open(c.Context, o, []string{h.tap})
	if err != nil {
		return 0, err
	}
	defer trunk.Close()
	o.Outputs = []string{onnx.Probabilities}
	whole, err := ort.Open(c.Context, merged, o)
	if err != nil {
		return 0, fmt.Errorf("export: the merged model: %w", err)
	}
	defer whole.Close()
	classes, size := len(h.Classes()), h.transform.Crop
	features, got, want := make([]float32, h.Width()), make([]float32, classes), make([]float64, classes)
	largest := 0.0
	for _, crop := range crops {
		if err := trunk.Run(c.Context, crop, 1, size, size, [][]float32{features}); err != nil {
			return 0, err
		}
		h.Predict(features, want)
		if err := whole.Run(c.Context, crop, 1, size, size, [][]float32{got}); err != nil {
			return 0, err
		}
		for i, p := range want {
			d := math.Abs(p - float64(got[i]))
			if math.IsNaN(d) {
				return d, nil
			}
			largest = max(largest, d)
		}
	}
	return largest, nil
}
