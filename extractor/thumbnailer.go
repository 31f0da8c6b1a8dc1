package extractor

import (
	"bytes"
	"cmp"
	"errors"
	"image"
	"image/jpeg"
	"io/fs"
	"sync"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// Why there is no thumbnail of a photograph that there once was.
var (
	ErrGone    = errors.New("the file is gone")
	ErrChanged = errors.New("the file has changed since")
)

const (
	thumbnailSide    = 144 // pixels
	thumbnailQuality = 75  // of JPEG, 1…100
)

// A Thumbnailer makes small JPEGs of the photographs of a dataset: the middle
// of each, as a trunk sees it. It is safe for concurrent use, as long as the
// dataset is open.
type Thumbnailer struct {
	data     *dataset.Dataset
	samples  map[string]dataset.Sample // by path: only a scan knows places in archives
	keys     map[string]pixels.Key
	decoders sync.Pool // a Decoder is for one goroutine at a time
}

// NewThumbnailer returns a Thumbnailer of d, cut as t says, but from JPEGs
// decoded at a fraction of their size where that will do. With keys, by path,
// only files that still have these contents are shown; nil means any.
func NewThumbnailer(d *dataset.Dataset, t pixels.Transform, l pixels.Limits, keys map[string]pixels.Key) *Thumbnailer {
	n := &Thumbnailer{data: d, samples: make(map[string]dataset.Sample, len(d.Samples)), keys: keys}
	for _, s := range d.Samples {
		n.samples[s.Path] = s
	}
	t.Resize = max(thumbnailSide*min(t.Resize, cmp.Or(t.ResizeHeight, t.Resize))/max(min(t.Width(), t.Height()), 1), 1)
	t.Crop, t.CropHeight, t.ResizeHeight, t.Fast = thumbnailSide, 0, 0, true
	n.decoders.New = func() any { return pixels.NewDecoder(t, l) }
	return n
}

// Thumbnail is a JPEG of 144×144 pixels of the photograph at path, which may be escaped. The error is
// ErrGone, ErrChanged, or why the file cannot be read or decoded.
func (n *Thumbnailer) Thumbnail(path string) ([]byte, error) {
	file, err := n.read(path)
	if err != nil {
		return nil, err
	}
	rgb := make([]byte, 3*thumbnailSide*thumbnailSide)
	d := n.decoders.Get().(*pixels.Decoder)
	defer n.decoders.Put(d)
	if _, err := d.Crop(rgb, file); err != nil {
		return nil, err
	}
	return encodeJPEG(rgb, thumbnailSide)
}

// read reads the file at path, if it is still what it was.
func (n *Thumbnailer) read(path string) ([]byte, error) {
	s, found := n.samples[path]
	if raw := dataset.Unescape(path); !found && raw != path {
		path = raw
		s, found = n.samples[path]
	}
	key, known := n.keys[path]
	if !found && known { // a list may name files that a scan passes over
		s = dataset.Sample{Path: path}
	} else if !found {
		return nil, ErrGone
	}
	file, err := n.data.Read(s, nil)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrGone
	case err != nil:
		return nil, err
	}
	if n.keys != nil && pixels.KeyOf(file) != key {
		return nil, ErrChanged
	}
	return file, nil
}

// encodeJPEG encodes side×side×3 bytes of RGB.
func encodeJPEG(rgb []byte, side int) ([]byte, error) {
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		copy(m.Pix[4*i:], rgb[3*i:3*i+3])
		m.Pix[4*i+3] = 0xff
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: thumbnailQuality})
	return b.Bytes(), err
}
