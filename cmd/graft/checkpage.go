package main

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"sync"

	"github.com/urfave/cli/v2"

	"graft/extractor/dataset"
	"graft/extractor/durable"
	"graft/extractor/pixels"
	"graft/head/audit"
	"graft/head/report"
)

// thumbnailSide is the width and height of pictures in pages, pixels.
const thumbnailSide = 144

// A thumbnailer makes small pictures of a dataset's photographs: the middle of
// them, as the trunk sees it.
type thumbnailer struct {
	data    *dataset.Dataset
	samples map[string]dataset.Sample
	mu      sync.Mutex // guards decoder and pix
	decoder *pixels.Decoder
	pix     []byte
}

func newThumbnailer(c *cli.Context, data *dataset.Dataset, tr pixels.Transform) *thumbnailer {
	tr.Resize = max(thumbnailSide*tr.Resize/max(tr.Crop, 1), 1)
	tr.Crop, tr.Fast = thumbnailSide, true
	t := &thumbnailer{data: data, samples: make(map[string]dataset.Sample, len(data.Samples))}
	for _, s := range data.Samples {
		t.samples[s.Path] = s
	}
	t.decoder = pixels.NewDecoder(tr, limitsOf(c))
	t.pix = make([]byte, 3*thumbnailSide*thumbnailSide)
	return t
}

// Thumbnail is the small picture of the photograph at path: report.Thumbnails.
func (t *thumbnailer) Thumbnail(path string) ([]byte, error) {
	s, ok := t.samples[path]
	if !ok {
		return nil, errors.New("the file is gone")
	}
	file, err := t.data.Read(s, nil)
	if err != nil {
		return nil, errors.New("the file is gone")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.decoder.Crop(t.pix, file); err != nil {
		return nil, err
	}
	m := image.NewRGBA(image.Rect(0, 0, thumbnailSide, thumbnailSide))
	for i := range thumbnailSide * thumbnailSide {
		copy(m.Pix[4*i:], t.pix[3*i:3*i+3])
		m.Pix[4*i+3] = 0xff
	}
	var b bytes.Buffer
	err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 82})
	return b.Bytes(), err
}

// writePage writes the report as a page.
func (s *survey) writePage(c *cli.Context, out string, r *audit.Report) error {
	t := newThumbnailer(c, s.data, s.transform)
	return durable.Write(out, func(w io.Writer) error { return report.WriteAudit(c.Context, w, r, t) })
}
