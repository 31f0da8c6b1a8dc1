package trunk

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/extractor/pixels"
	"graft/onnx"
)

// most is how many photographs are read to choose some by their content. Of more,
// as many are taken first by a hash of their paths.
const most = 4096

// readByKey is ReadPhotographs for a choice by content: those with the smallest
// keys, so that the same photographs are chosen whatever they are called and
// whichever others come and go, but for those among them.
func readByKey(ctx context.Context, t onnx.Trunk, s PhotographSettings) (*Photographs, error) {
	s.Measured, s.HeldOut = int8Measured, int8HeldOut
	data, err := dataset.Scan(ctx, s.Path, s.Data)
	if err != nil && s.Data.List == "" {
		s.Data.Unlabeled = true // photographs that wait for their labels lie anywhere
		data, err = dataset.Scan(ctx, s.Path, s.Data)
	}
	if err != nil {
		return nil, err
	}
	defer data.Close()
	chosen := *data
	if chosen.Samples, err = smallestKeys(ctx, data, training(data), s.Measured+s.HeldOut); err != nil {
		return nil, err
	}
	tr, err := Transform(t, Adjust{})
	if err != nil {
		return nil, err
	}
	p := new(Photographs)
	var crops [][]byte
	for c, err := range extractor.Crops(ctx, &chosen, extractor.CropSettings{Transform: tr, Limits: s.Limits}) {
		if err != nil {
			return nil, err
		}
		if c.Err == nil { // what cannot be read is reported when features are computed
			crops, p.Paths = append(crops, c.Pixels), append(p.Paths, c.Sample.Path)
		}
	}
	if len(crops) < 2 {
		return nil, fmt.Errorf("precision int8: %s has %d photographs that ranges could be measured on; two are the least", s.Path, len(crops))
	}
	paths := p.Paths
	p.Paths = nil
	p.divide(crops, paths, s)
	return p, nil
}

// smallestKeys are the n samples whose files have the smallest keys, each content
// once.
func smallestKeys(ctx context.Context, d *dataset.Dataset, samples []dataset.Sample, n int) ([]dataset.Sample, error) {
	type keyed struct {
		key    pixels.Key
		sample dataset.Sample
	}
	list := make([]keyed, len(samples))
	for i, s := range samples {
		list[i] = keyed{sha256.Sum256([]byte(s.Path)), s}
	}
	order := func(a, b keyed) int {
		return cmp.Or(bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.sample.Path, b.sample.Path))
	}
	slices.SortFunc(list, order)
	list = list[:min(len(list), most)]
	var file []byte
	read := list[:0]
	for _, k := range list {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var err error
		if file, err = d.Read(k.sample, file); err == nil {
			read = append(read, keyed{pixels.KeyOf(file), k.sample})
		}
	}
	slices.SortFunc(read, order)
	read = slices.CompactFunc(read, func(a, b keyed) bool { return a.key == b.key })
	var chosen []dataset.Sample
	for _, k := range read[:min(len(read), n)] {
		chosen = append(chosen, k.sample)
	}
	return chosen, nil
}

// int8Name is the file in the cache that says which trunk in 8-bit integers which
// data has got.
const int8Name = "int8.json"

// int8Choices is its form: SHA-256 of trunks, by that of the trunk in float32 and
// by the absolute path of the data.
type int8Choices struct {
	Version int                          `json:"version"` // 1
	Chosen  map[string]map[string]string `json:"chosen"`
}

func (c Cache) int8Choices() int8Choices {
	none := int8Choices{1, map[string]map[string]string{}}
	path, err := c.Path(int8Name)
	if err != nil {
		return none
	}
	text, err := os.ReadFile(path)
	var choices int8Choices
	if err != nil || json.Unmarshal(text, &choices) != nil || choices.Version != none.Version || choices.Chosen == nil {
		return none
	}
	return choices
}

// remembered is the trunk that the data at root has got before; nil if it has got
// none, or if that is gone.
func (c Cache) remembered(f *File, root string) *File {
	fingerprint := c.int8Choices().Chosen[f.SHA256][root]
	for _, path := range c.int8s(f) {
		if t, err := Read(path); err == nil && t.SHA256 == fingerprint {
			return t
		}
	}
	return nil
}

// remember notes which trunk the data at root has got.
func (c Cache) remember(f *File, root, fingerprint string) error {
	path, err := c.Make(".", int8Name)
	if err != nil {
		return err
	}
	choices := c.int8Choices()
	if choices.Chosen[f.SHA256] == nil {
		choices.Chosen[f.SHA256] = map[string]string{}
	}
	choices.Chosen[f.SHA256][root] = fingerprint
	text, err := json.MarshalIndent(choices, "", "  ")
	if err != nil {
		return fmt.Errorf("remember the trunk in int8: %w", err)
	}
	return durable.Write(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
