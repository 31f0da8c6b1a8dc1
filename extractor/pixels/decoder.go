package pixels

import (
	"fmt"
	"image"
	"slices"

	"graft/extractor/pixels/jpeg"
)

// A Decoder turns encoded images into crops. It reuses its buffers, so that a steady run allocates
// next to nothing; it is for one goroutine at a time.
type Decoder struct {
	transform Transform
	limits    Limits
	err       error // why the transform cannot be used
	fast      bool  // large JPEGs may be decoded at a fraction of their size

	spans  map[span]*weights
	column column
	line   []byte // one row on its way out of the vertical pass
	crop   []byte // one row of the crop, where it cannot go straight to its place
	readers
}

// NewDecoder returns a Decoder for one transform. If the transform is not valid, every call of the
// Decoder says so. JPEG files go through libturbojpeg if it is installed; see UseJPEG.
func NewDecoder(t Transform, l Limits) *Decoder {
	d := &Decoder{transform: t, limits: l.withDefaults(), err: t.Validate(), spans: map[span]*weights{}}
	if d.UseJPEG(TurboJPEG) != nil {
		d.jpeg.decoder = new(jpeg.Decoder)
	}
	return d
}

// Crop decodes a file and writes the middle of the picture into dst: height×width×3 bytes of the
// transform's crop, RGB, row by row. The whole file is decoded, also where the crop does not need it, so a broken file is an
// error wherever it is broken. Errors are a FormatError, an UnsupportedError or a LimitError; then
// dst holds nothing of use.
func (d *Decoder) Crop(dst, file []byte) (Info, error) {
	d.fast = d.transform.Fast
	return d.run(dst, file, d.transform.centre)
}

// run decodes a file and renders the region that choose names for the upright size.
func (d *Decoder) run(dst, file []byte, choose func(w, h int) region) (Info, error) {
	if d.err != nil {
		return Info{}, d.err
	}
	if want := d.transform.Bytes(); len(dst) != want {
		panic(fmt.Sprintf("pixels: dst has %d bytes; a crop of %s has %d", len(dst), Sides(d.transform.Crop, d.transform.CropHeight), want))
	}
	if err := d.limits.checkBytes(len(file)); err != nil {
		return Info{}, err
	}
	f, err := sniff(file)
	if err != nil {
		return Info{}, err
	}
	p, h, err := f.open(d, file)
	if err != nil {
		return Info{}, err
	}
	info := h.info(f.name)
	if d.transform.EXIF == IgnoreEXIF && !f.turns {
		h.orientation = 1
	}
	w, ht := h.size()
	return info, d.render(dst, p, h.orientation, image.Pt(w, ht), choose(h.orientation.upright(w, ht)))
}

// render resamples the rows of p that the region needs and puts the result in its place. As in
// Pillow, the sums of the first pass are rounded to bytes before the second.
func (d *Decoder) render(dst []byte, p picture, o orientation, size image.Point, r region) error {
	xs, ys, left, top := o.stored(r, size.X, size.Y)
	x, y := d.weights(xs), d.weights(ys)
	rows, err := p.rows(image.Rect(left+x.begin, top+y.begin, left+x.end, top+y.end))
	if err != nil {
		return err
	}
	if r.padX > 0 || r.padY > 0 {
		d.transform.Fill.paint(dst)
	}
	place := o.place(r, x.n, y.n, d.transform.Width())
	if r.columnsFirst() != o.swapped() { // stored columns may be upright rows
		err = d.columnsFirst(dst, rows, x, y, place)
	} else {
		err = d.rowsFirst(dst, rows, x, y, place)
	}
	if err != nil {
		return err
	}
	return rows.finish()
}

// rowsFirst is the pass along the stored rows, then the one along the columns.
func (d *Decoder) rowsFirst(dst []byte, rows rows, x, y *weights, at placement) error {
	d.column.start(y, 3*x.n)
	d.crop = grow(d.crop, 3*x.n)
	for range y.end - y.begin {
		px, err := rows.next()
		if err != nil {
			return err
		}
		x.row(d.column.slot(), px)
		d.column.push()
		for d.column.ready() {
			j := d.column.next(d.crop)
			at.put(dst, d.crop, j)
		}
	}
	return nil
}

// columnsFirst is the pass along the stored columns, then the one along the rows.
func (d *Decoder) columnsFirst(dst []byte, rows rows, x, y *weights, at placement) error {
	width := 3 * (x.end - x.begin)
	d.column.start(y, width)
	d.line, d.crop = grow(d.line, width), grow(d.crop, 3*x.n)
	for range y.end - y.begin {
		px, err := rows.next()
		if err != nil {
			return err
		}
		copy(d.column.slot(), px)
		d.column.push()
		for d.column.ready() {
			j := d.column.next(d.line)
			x.row(d.crop, d.line)
			at.put(dst, d.crop, j)
		}
	}
	return nil
}

// put copies row j of the stored order to its place in the crop.
func (p placement) put(dst, row []byte, j int) {
	at := p.start + j*p.dy
	if p.dx == 3 {
		copy(dst[at:], row)
		return
	}
	for i := 0; i < len(row); i, at = i+3, at+p.dx {
		dst[at], dst[at+1], dst[at+2] = row[i], row[i+1], row[i+2]
	}
}

// paint fills dst, whole pixels of RGB, with the colour.
func (c Colour) paint(dst []byte) {
	if c == (Colour{}) {
		clear(dst)
		return
	}
	for i := 0; i+3 <= len(dst); i += 3 {
		copy(dst[i:], c[:])
	}
}

// maxSpans bounds the tables that a Decoder keeps: photographs of one camera share their sizes.
const maxSpans = 256

func (d *Decoder) weights(s span) *weights {
	w := d.spans[s]
	if w == nil {
		if len(d.spans) >= maxSpans {
			clear(d.spans)
		}
		w = newWeights(s)
		d.spans[s] = w
	}
	return w
}

// grow returns a slice of n bytes, b's own memory if it is large enough.
func grow(b []byte, n int) []byte { return slices.Grow(b[:0], n)[:n] }
