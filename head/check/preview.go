package check

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"slices"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/head/report"
)

// PreviewOptions say which crops are drawn.
type PreviewOptions struct {
	Path   string // photographs
	N      int    // images shown; 0 means 32, or 8 with Augment
	Class  string // only images of this class; "": of all
	Seed   uint64 // of their choice
	Trunk  string // file whose transform is shown; "": the cache's default
	Cache  trunk.Cache
	Adjust trunk.Adjust
	Data   dataset.Options
	Limits pixels.Limits

	Augment   bool // a row an image: it, and augmented views
	ViewsSeed uint64
}

// A Previewed picture is one that was written.
type Previewed struct {
	Pictures  int // crops and views
	Images    int // that were chosen
	Failed    int // of them unreadable
	Transform pixels.Transform
	Notes     []string
}

const (
	previewColumns = 8
	previewImages  = 32
)

// Preview draws the crops that a trunk will see, with their labels, as a PNG at
// out. The images are chosen at random and shown in the order of the data. Beside
// an error the Notes say which images could not be read up to then.
func Preview(ctx context.Context, o PreviewOptions, out string) (*Previewed, error) {
	p := new(Previewed)
	t, err := o.Cache.Find(o.Trunk)
	if err != nil {
		return p, err
	}
	p.Notes = trunk.Warnings(t.Trunk)
	if p.Transform, err = trunk.Transform(t.Trunk, o.Adjust); err != nil {
		return p, err
	}
	data, err := dataset.Scan(ctx, o.Path, o.Data)
	if err != nil {
		return p, err
	}
	defer data.Close()
	chosen, err := o.choose(data)
	if err != nil {
		return p, err
	}
	p.Images = len(chosen) + len(data.Unread)
	p.Notes = append(p.Notes, data.Notes...)
	for _, u := range data.Unread {
		p.Failed++
		p.Notes = append(p.Notes, fmt.Sprintf("%s: %v", u.Path, u))
	}
	grid, err := p.draw(ctx, o, data.Part(chosen))
	if err != nil {
		return p, err
	}
	return p, durable.Write(out, func(w io.Writer) error { return grid.PNG(w) })
}

// choose picks the images to show.
func (o PreviewOptions) choose(data *dataset.Dataset) ([]dataset.Sample, error) {
	var candidates []int
	for i, s := range data.Samples {
		if o.Class == "" || s.Label == dataset.Label(o.Class) {
			candidates = append(candidates, i)
		}
	}
	if len(candidates) == 0 {
		return nil, fmt.Errorf("preview: no images of the class %q; there are %q", o.Class, data.Classes)
	}
	n := o.N
	switch {
	case n == 0 && o.Augment:
		n = previewColumns
	case n == 0:
		n = previewImages
	}
	r := rand.New(rand.NewPCG(o.Seed, 0))
	r.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
	candidates = candidates[:min(n, len(candidates))]
	slices.Sort(candidates)
	samples := make([]dataset.Sample, len(candidates))
	for k, i := range candidates {
		samples[k] = data.Samples[i]
	}
	return samples, nil
}

// draw makes a grid of the crops of some images; what cannot be read is noted.
func (p *Previewed) draw(ctx context.Context, o PreviewOptions, data *dataset.Dataset) (*report.Grid, error) {
	grid := &report.Grid{Width: p.Transform.Width(), Height: p.Transform.Height(), Columns: previewColumns}
	settings := extractor.CropSettings{Transform: p.Transform, Limits: o.Limits, Seed: o.ViewsSeed}
	if o.Augment {
		settings.Views = previewColumns - 1
	}
	var surprises pixels.Surprises
	for crop, err := range extractor.Crops(ctx, data, settings) {
		if err != nil {
			return nil, err
		}
		if crop.Err != nil {
			p.Failed++
			p.Notes = append(p.Notes, fmt.Sprintf("%s: %v", crop.Sample.Path, crop.Err))
			continue
		}
		grid.Tiles = append(grid.Tiles, tiles(crop)...)
		surprises.Add(p.Transform, crop.Info)
	}
	p.Notes = append(p.Notes, surprises.Notes()...)
	if p.Pictures = len(grid.Tiles); p.Pictures == 0 {
		return nil, fmt.Errorf("preview: none of %d images could be read", p.Images)
	}
	return grid, nil
}

// tiles are the crop of one image and its augmented views.
func tiles(crop extractor.Crop) []report.Tile {
	s := crop.Sample
	tiles := []report.Tile{{Pixels: crop.Pixels, Title: s.Label, Note: path.Join(s.Split, path.Base(s.Path))}}
	for i, view := range crop.Views {
		tiles = append(tiles, report.Tile{Pixels: view, Title: fmt.Sprintf("view %d", i+1), Note: tiles[0].Note})
	}
	return tiles
}
