package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
	"graft/head"
	"graft/onnx"
)

// An input is labelled features, whether they were cached or just extracted.
type input struct {
	name    string // as the user typed it
	store   *features.Store
	meta    features.Meta
	records []features.Record
	views   int
	failed  int // images without features, listed already
}

// labelledFeatures reads a folder of features, or extracts those of
// photographs first. With a head, they must be, or will be, of its trunk and
// transform.
func labelledFeatures(c *cli.Context, path string, h *headFile) (*input, error) {
	if dir := featuresFolder(path, tapOf(c, h)); dir != "" {
		return openFeatures(c, dir, h)
	}
	e, err := extractionFor(c, h)
	if err != nil {
		return nil, err
	}
	if h == nil {
		e.check = trainable
	}
	failed, err := e.run(c, path)
	if err != nil {
		e.stores.Close()
		return nil, err
	}
	in, err := e.input(path, 0)
	if err != nil {
		e.stores.Close()
		return nil, err
	}
	in.failed = failed
	return in, nil
}

// input is what was extracted for one of the taps from the data at path.
func (e *extraction) input(path string, tap int) (*input, error) {
	store := e.stores[tap]
	table, err := store.ReadTable(e.table)
	if err != nil {
		return nil, err
	}
	return &input{name: path, store: store, meta: store.Meta(), records: table.Records, views: e.views}, nil
}

// tapOf is the tap of a head, or of --tap.
func tapOf(c *cli.Context, h *headFile) string {
	switch {
	case h != nil:
		return h.tap
	case c.String("tap") != "":
		return c.String("tap")
	}
	return onnx.Features
}

// extractionFor prepares the extraction for a head, or by the flags.
func extractionFor(c *cli.Context, h *headFile) (*extraction, error) {
	if h != nil {
		t, err := findTrunkOf(c, h)
		if err != nil {
			return nil, err
		}
		return newExtraction(c, t, []string{h.tap}, h.transform, 0, 0)
	}
	t, err := findTrunk(c)
	if err != nil {
		return nil, err
	}
	tr, err := transformOf(c, t.Trunk)
	if err != nil {
		return nil, err
	}
	return newExtraction(c, t, []string{tapOf(c, nil)}, tr, c.Int("views"), c.Uint64("seed"))
}

// openFeatures opens a folder of features that holds one dataset.
func openFeatures(c *cli.Context, dir string, h *headFile) (*input, error) {
	store, err := features.OpenExisting(dir, features.Options{})
	if err != nil {
		return nil, err
	}
	in := &input{name: dir, store: store, meta: store.Meta(), views: c.Int("views")}
	switch {
	case h != nil:
		err = h.check(dir, in.meta)
	case c.IsSet("tap") && c.String("tap") != in.meta.Trunk.Tap:
		err = fmt.Errorf("the features %q are of the tap %q, not %q", dir, in.meta.Trunk.Tap, c.String("tap"))
	}
	if err == nil {
		err = in.readTable()
	}
	if err != nil {
		store.Close()
		return nil, err
	}
	return in, nil
}

func (in *input) readTable() error {
	names, err := in.store.Tables()
	if err != nil {
		return err
	}
	if len(names) != 1 {
		return withHint(fmt.Errorf("features %q hold %d datasets", in.name, len(names)), "name the photographs instead; their features are found by content")
	}
	table, err := in.store.ReadTable(names[0])
	if err != nil {
		return err
	}
	in.records = table.Records
	for _, r := range in.records {
		if r.Error != "" {
			in.failed++
		}
	}
	return nil
}

// Close closes the features.
func (in *input) Close() error { return in.store.Close() }

// partial is the error that says that some images have no features.
func (in *input) partial() error {
	if in.failed > 0 {
		return partialError{in.failed, len(in.records)}
	}
	return nil
}

// hasSplits reports whether any image belongs to a split.
func (in *input) hasSplits() bool {
	return slices.ContainsFunc(in.records, func(r features.Record) bool { return r.Split != "" })
}

// splitByHash gives records without splits a stable one; see dataset.Split.
func (in *input) splitByHash(val float64) error {
	samples := make([]dataset.Sample, len(in.records))
	for i, r := range in.records {
		samples[i] = dataset.Sample{Path: r.Path, Label: r.Label}
	}
	samples, err := dataset.Split(samples, val)
	if err != nil {
		return err
	}
	for i := range in.records {
		in.records[i].Split = samples[i].Split
	}
	return nil
}

// splitOfFolder is the split that the name of the data's folder says: a person
// who names photographs/train means the training set.
func splitOfFolder(root string) string {
	switch name := strings.ToLower(path.Base(root)); name {
	case "train", "val", "test":
		return name
	case "valid", "validation":
		return "val"
	}
	return ""
}

// rows are the images of one split that have features, with their classes
// sorted by name: head.Viewer.
type rows struct {
	*features.Set
	meta  features.Meta
	split string // "" if the data has none
	views int    // augmented views to train on
}

// Views is how many augmented views of each image to train on.
func (r *rows) Views() int { return r.views }

// rowsOf picks the images with features that are wanted. One without a label
// is an error, and so is finding none.
func (in *input) rowsOf(split string, want func(features.Record) bool) (*rows, error) {
	set, err := in.store.Set(&features.Table{Records: in.records}, split)
	if err != nil {
		return nil, err
	}
	set.Select(slices.DeleteFunc(set.Records, func(r features.Record) bool { return !want(r) }))
	if set.Len() == 0 {
		return nil, fmt.Errorf("%s has no images%s that could be read", in.name, inSplit(split))
	}
	for _, r := range set.Records {
		if r.Label == "" {
			return nil, withHint(fmt.Errorf("%q has no label", r.Path), "put each class's images into a folder of its own, or name a --list with labels")
		}
	}
	if in.views > set.Views {
		return nil, withHint(fmt.Errorf("%s has %d augmented views of each image, not %d", in.name, set.Views, in.views), `"graft extract --views %d" computes them`, in.views)
	}
	return &rows{Set: set, meta: in.meta, split: split, views: in.views}, nil
}

// everything wants all records.
func everything(features.Record) bool { return true }

func inSplit(split string) string {
	if split == "" {
		return ""
	}
	return fmt.Sprintf(" in the split %q", split)
}

// keys lists the keys of all rows.
func (r *rows) keys() []pixels.Key {
	keys := make([]pixels.Key, r.Len())
	for i := range keys {
		keys[i] = r.Key(i)
	}
	return keys
}

// classes lists the class of every row, an index into Labels.
func (r *rows) classes() []int {
	y := make([]int, r.Len())
	for i := range y {
		y[i] = r.Label(i)
	}
	return y
}

// fingerprint is the SHA-256 of the keys and labels of all rows, in their order.
func (r *rows) fingerprint() string {
	sum := sha256.New()
	for i := range r.Records {
		key := r.Key(i)
		sum.Write(key[:])
		fmt.Fprintf(sum, "%q", r.Records[i].Label)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// named puts the photograph's name into an error about a row.
func (r *rows) named(err error) error {
	var row *head.RowError
	if errors.As(err, &row) && row.Row < len(r.Records) {
		return fmt.Errorf("%q: %w", r.Records[row.Row].Path, row.Err)
	}
	return err
}
