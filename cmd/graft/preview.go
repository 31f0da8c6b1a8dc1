package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"slices"

	"github.com/urfave/cli/v2"

	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/extractor/pixels"
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
	d := pixels.NewDecoder(tr, limitsOf(c))
	for _, s := range samples {
		tiles, err := previewTiles(d, data, s, tr.Crop, c)
		if c.Context.Err() != nil {
			return c.Context.Err()
		}
		if err != nil {
			failed++
			say(c.App.ErrWriter, "%s: %v", s.Path, err)
			continue
		}
		grid.Tiles = append(grid.Tiles, tiles...)
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
func previewTiles(d *pixels.Decoder, data *dataset.Dataset, s dataset.Sample, size int, c *cli.Context) ([]report.Tile, error) {
	file, err := data.Read(s, nil)
	if err != nil {
		return nil, err
	}
	tile := report.Tile{Pixels: make([]byte, 3*size*size), Title: s.Label, Note: path.Join(s.Split, path.Base(s.Path))}
	if _, err := d.Crop(tile.Pixels, file); err != nil || !c.Bool("augment") {
		return []report.Tile{tile}, err
	}
	tiles := []report.Tile{tile}
	for view := 1; view < previewColumns; view++ {
		tile := report.Tile{Pixels: make([]byte, 3*size*size), Title: fmt.Sprintf("view %d", view), Note: tile.Note}
		v := pixels.View{Seed: c.Uint64("seed"), Key: pixels.KeyOf(file), Number: view}
		if _, err := d.View(tile.Pixels, file, v); err != nil {
			return nil, err
		}
		tiles = append(tiles, tile)
	}
	return tiles, nil
}
