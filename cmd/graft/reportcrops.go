package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"path/filepath"
	"sync"

	"golang.org/x/image/draw"

	"graft/extractor/dataset"
	"graft/extractor/features"
	"graft/extractor/pixels"
)

// crops makes small pictures of records, cut as the trunk sees them:
// report.Thumbnails.
type crops struct {
	data      *dataset.Dataset
	samples   map[string]dataset.Sample  // by path: only a scan knows places in archives
	records   map[string]features.Record // by path
	transform pixels.Transform
	decoders  sync.Pool // a Decoder is for one goroutine at a time
}

const (
	thumbnailSize    = 128 // pixels
	thumbnailQuality = 70
)

// rootOf is where the photographs of the input lie, or lay when it was extracted.
func rootOf(in *input) (string, error) {
	if !features.IsDir(in.name) {
		return filepath.Abs(in.name)
	}
	names, err := in.store.Tables()
	if err != nil {
		return "", err
	}
	if len(names) != 1 {
		return "", fmt.Errorf("features %q hold %d datasets", in.name, len(names))
	}
	table, err := in.store.ReadTable(names[0])
	if err != nil {
		return "", err
	}
	return table.Root, nil
}

// openCrops opens the folder or archive of the photographs; the error says
// that they are gone.
func openCrops(ctx context.Context, root string, tr pixels.Transform, l pixels.Limits, records []features.Record) (*crops, error) {
	// The records say what there is; the folders' meaning does not matter here.
	data, err := dataset.Scan(ctx, root, dataset.Options{Unlabeled: true})
	if err != nil {
		return nil, err
	}
	t := &crops{data: data, samples: map[string]dataset.Sample{}, records: map[string]features.Record{}, transform: tr}
	for _, s := range data.Samples {
		t.samples[s.Path] = s
	}
	for _, r := range records {
		t.records[r.Path] = r
	}
	t.decoders.New = func() any { return pixels.NewDecoder(tr, l) }
	return t, nil
}

// Close closes the archive, if the photographs are in one.
func (t *crops) Close() error { return t.data.Close() }

// Thumbnail is a JPEG of 128×128 pixels of the record at path, if its file is
// still what the features were computed from.
func (t *crops) Thumbnail(path string) ([]byte, error) {
	r := t.records[path]
	sample, ok := t.samples[r.Path]
	if !ok { // a list may name files that a scan passes over
		sample = dataset.Sample{Path: r.Path, Bytes: r.Bytes}
	}
	file, err := t.data.Read(sample, nil)
	if err != nil {
		return nil, errors.New("the file is gone")
	}
	if features.KeyOf(file) != r.Key {
		return nil, errors.New("the file has changed since")
	}
	size := t.transform.Crop
	rgb := make([]byte, 3*size*size)
	d := t.decoders.Get().(*pixels.Decoder)
	defer t.decoders.Put(d)
	if _, err := d.Crop(rgb, file); err != nil {
		return nil, err
	}
	return encodeThumbnail(rgb, size)
}

// encodeThumbnail shrinks size×size×3 bytes of RGB and encodes them.
func encodeThumbnail(rgb []byte, size int) ([]byte, error) {
	full := image.NewRGBA(image.Rect(0, 0, size, size))
	for i := range size * size {
		copy(full.Pix[4*i:], rgb[3*i:3*i+3])
		full.Pix[4*i+3] = 0xff
	}
	small := full
	if size > thumbnailSize {
		small = image.NewRGBA(image.Rect(0, 0, thumbnailSize, thumbnailSize))
		draw.CatmullRom.Scale(small, small.Rect, full, full.Rect, draw.Src, nil)
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, small, &jpeg.Options{Quality: thumbnailQuality})
	return b.Bytes(), err
}
