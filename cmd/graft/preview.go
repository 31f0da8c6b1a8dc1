package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"slices"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/head/report"
)

func previewCommand() *cli.Command {
	return &cli.Command{
		Name:      "preview",
		Usage:     "draw what the trunk will see: the crops, with their labels",
		ArgsUsage: "DATA",
		Description: "The pixels are those that the trunk is given, byte for byte.\n\n" +
			"Example: graft preview photographs --out grid.png",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write the picture, a PNG, to `FILE`"},
			&cli.IntFlag{Name: "n", Value: 32, Usage: "show `N` images"},
			&cli.Uint64Flag{Name: "seed", Usage: "seed `N` of their choice, and of the augmented views"},
			&cli.StringFlag{Name: "class", Usage: "only images of the class `NAME`"},
			&cli.BoolFlag{Name: "augment", Usage: "a row an image: it, and seven augmented views"},
			&cli.StringFlag{Name: "list", TakesFile: true, Usage: "csv or jsonl `FILE` with path and label of each image"},
			&cli.StringFlag{Name: "trunk", TakesFile: true, EnvVars: []string{"GRAFT_TRUNK"}, Usage: "trunk `FILE` whose transform to show (default: the cache's)"},
		}, append(limitFlags(), transformFlags()...)...),
		Action: preview,
	}
}

const previewColumns = 8

func preview(c *cli.Context) error {
	root, err := one(c, "DATA")
	if err != nil {
		return err
	}
	out, err := required(c, "out")
	if err != nil {
		return err
	}
	if c.Int("n") < 1 {
		return usagef("--n is %d; it must be at least 1", c.Int("n"))
	}
	t, err := findTrunk(c)
	if err != nil {
		return err
	}
	tr, err := transformOf(c, t.Trunk)
	if err != nil {
		return err
	}
	data, err := dataset.Scan(c.Context, root, dataOptions(c))
	if err != nil {
		return err
	}
	defer data.Close()
	samples, err := previewed(c, data)
	if err != nil {
		return err
	}
	grid := report.Grid{Size: tr.Crop, Columns: previewColumns}
	failed := 0
	settings := extractor.CropSettings{Transform: tr, Limits: limitsOf(c), Seed: c.Uint64("seed")}
	if c.Bool("augment") {
		settings.Views = previewColumns - 1
	}
	for crop, err := range extractor.Crops(c.Context, data.Part(samples), settings) {
		if err != nil {
			return err
		}
		if crop.Err != nil {
			failed++
			say(c.App.ErrWriter, "%s: %v", crop.Sample.Path, crop.Err)
			continue
		}
		grid.Tiles = append(grid.Tiles, previewTiles(crop)...)
	}
	if len(grid.Tiles) == 0 {
		return fmt.Errorf("preview: none of %d images could be read", len(samples))
	}
	if err := durable.Write(out, func(w io.Writer) error { return grid.PNG(w) }); err != nil {
		return err
	}
	say(c.App.ErrWriter, "wrote %s: %d pictures as the trunk sees them (%s)", out, len(grid.Tiles), tr)
	if failed > 0 {
		return partialError{failed, len(samples)}
	}
	return nil
}

// previewed picks the images to show: by lot, in the order of the data.
func previewed(c *cli.Context, data *dataset.Dataset) ([]dataset.Sample, error) {
	class := c.String("class")
	var candidates []int
	for i, s := range data.Samples {
		if class == "" || s.Label == class {
			candidates = append(candidates, i)
		}
	}
	if len(candidates) == 0 {
		return nil, fmt.Errorf("preview: no images of the class %q; there are %q", class, data.Classes)
	}
	r := rand.New(rand.NewPCG(c.Uint64("seed"), 0))
	r.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
	n := c.Int("n")
	if c.Bool("augment") && !c.IsSet("n") {
		n = previewColumns
	}
	candidates = candidates[:min(n, len(candidates))]
	slices.Sort(candidates)
	samples := make([]dataset.Sample, len(candidates))
	for k, i := range candidates {
		samples[k] = data.Samples[i]
	}
	return samples, nil
}

// previewTiles is the crop of one image or, with --augment, a row of views.
func previewTiles(crop extractor.Crop) []report.Tile {
	s := crop.Sample
	tiles := []report.Tile{{Pixels: crop.Pixels, Title: s.Label, Note: path.Join(s.Split, path.Base(s.Path))}}
	for i, view := range crop.Views {
		tiles = append(tiles, report.Tile{Pixels: view, Title: fmt.Sprintf("view %d", i+1), Note: tiles[0].Note})
	}
	return tiles
}
