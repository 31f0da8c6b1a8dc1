package jpeg

import "image"

// Config is what a file's header says.
type Config struct {
	Width, Height int // in pixels, as stored
	Color         ColorModel
	Components    int // 1, 3 or 4
	Progressive   bool
}

// A Decoder decodes one file after another and reuses its buffers, so that a steady run allocates
// next to nothing. The zero value is ready. It is for one goroutine at a time.
type Decoder struct {
	header
	color  ColorModel
	blk    block
	lines  [4]line
	rgb    []byte
	image  Image
	size   int  // samples a block gives in a full-size component
	mcuRow int  // the next row of MCUs to come into the planes
	multi  bool // the picture comes in several scans

	progress [4]progress
	smooth   bool
	estimate [64]int16 // a block whose missing coefficients were estimated
	visited  int       // blocks, by all scans so far
	lastGood int       // the last row of MCUs that the last scan had data for
}

// Config reads the header, up to the first scan. It allocates nothing that depends on the
// dimensions: check them before Decode is called.
func (d *Decoder) Config(b []byte) (Config, error) {
	if err := d.open(b); err != nil {
		return Config{}, err
	}
	return Config{d.frame.width, d.frame.height, d.colors(), len(d.frame.components), d.frame.progressive}, nil
}

// Decode reads the picture in b, or the part of it within window, of which the zero value means
// all. With scale 2, 4 or 8 the picture comes out at that fraction of its size, rounded up, as
// libjpeg's scaled transforms and Pillow's draft mode give it; window is then in the smaller
// picture's pixels. 1 is full size. Other values panic.
//
// Decode refuses what Pillow refuses, wherever in the file the reason is. What libjpeg reads with a
// warning, such as a scan with bits that have no meaning, is read, to the same samples.
//
// The image shares memory with d and b. It is good until d's next call.
func (d *Decoder) Decode(b []byte, window image.Rectangle, scale int) (*Image, error) {
	if err := d.open(b); err != nil {
		return nil, err
	}
	return d.decodeAs(d.colors(), window, scale)
}

// DecodeAs is Decode where somebody else says what the components are, as a TIFF does: Raw, or a
// model for as many components as there are; otherwise it panics.
func (d *Decoder) DecodeAs(m ColorModel, b []byte, window image.Rectangle, scale int) (*Image, error) {
	if err := d.open(b); err != nil {
		return nil, err
	}
	if n := [...]int{Gray: 1, YCbCr: 3, RGB: 3, CMYK: 4, YCCK: 4, Raw: len(d.frame.components)}[m]; n != len(d.frame.components) {
		panic("jpeg: DecodeAs: the model is for another number of components")
	}
	return d.decodeAs(m, window, scale)
}

// decodeAs decodes the file that was opened.
func (d *Decoder) decodeAs(m ColorModel, window image.Rectangle, scale int) (*Image, error) {
	if scale != 1 && scale != 2 && scale != 4 && scale != 8 {
		panic("jpeg: scale has to be 1, 2, 4 or 8")
	}
	d.color = m
	d.size = 8 / scale
	d.frame.setScale(d.size)
	d.frame.chooseUpsampling(d.size)
	all := image.Rect(0, 0, ceilDiv(d.frame.width, scale), ceilDiv(d.frame.height, scale))
	if window == (image.Rectangle{}) {
		window = all
	}
	window = window.Intersect(all)
	d.image = Image{Rect: window, Width: all.Dx(), Height: all.Dy(), d: d}
	d.multi = d.frame.progressive || d.scan.n < len(d.frame.components)
	if err := d.read(); err != nil {
		return nil, err
	}
	d.makeRoom(window)
	return &d.image, nil
}

// makeRoom prepares the planes for two rows of MCUs, and says which blocks the window needs.
func (d *Decoder) makeRoom(window image.Rectangle) {
	d.mcuRow = 0
	d.rgb = grow(d.rgb, d.pixel()*window.Dx())
	for i := range d.frame.components {
		c := &d.frame.components[i]
		c.left, c.right = 0, 0
		if !window.Empty() {
			from, to := c.columns(window.Min.X, window.Max.X)
			c.left, c.right = from/c.size, ceilDiv(to, c.size)
		}
		c.stride = d.frame.mcusX * c.h * c.size
		c.plane = grow(c.plane, 2*c.v*c.size*c.stride+8)
	}
}

// pixel is the size of a pixel of a row, in bytes.
func (d *Decoder) pixel() int {
	if d.color == Raw {
		return len(d.frame.components)
	}
	return 3
}

// Image is a decoded picture, or a part of it.
type Image struct {
	Rect          image.Rectangle // the pixels that there are, in the picture's coordinates
	Width, Height int             // of the whole picture, after scaling

	// Pix, if it is not nil, has the rows of Rect, Stride bytes from one to the next. A Decoder
	// leaves it nil and makes each row when it is asked for; another decoder may fill it.
	Pix    []byte
	Stride int

	d *Decoder
}

// Row returns row y of the image, Rect.Dx() pixels of three bytes: R, G and B, or as Raw has them.
// Rows have to be asked for from top to bottom; some may be left out. The bytes are good until the
// next call.
func (m *Image) Row(y int) []byte {
	if m.Pix != nil {
		return m.Pix[(y-m.Rect.Min.Y)*m.Stride:][:3*m.Rect.Dx()]
	}
	d := m.d
	x0, x1 := m.Rect.Min.X, m.Rect.Max.X
	var samples [4][]byte
	for i := range d.frame.components {
		c := &d.frame.components[i]
		near, far := c.reach(y)
		d.advance(max(near, far) / (c.v * c.size))
	}
	for i := range d.frame.components {
		samples[i] = d.lines[i].fill(&d.frame.components[i], y, x0, x1)
	}
	d.convert(samples)
	return d.rgb
}

// convert makes a row of RGB of a row of samples.
func (d *Decoder) convert(s [4][]byte) {
	switch d.color {
	case Gray:
		grayToRGB(d.rgb, s[0])
	case YCbCr:
		yccToRGB(d.rgb, s[0], s[1], s[2])
	case RGB:
		interleave(d.rgb, s[0], s[1], s[2])
	case CMYK:
		interleave(d.rgb, s[0], s[1], s[2])
		cmykToRGB(d.rgb, s[3])
	case YCCK:
		yccToRGB(d.rgb, s[0], s[1], s[2])
		invert3(d.rgb)
		cmykToRGB(d.rgb, s[3])
	case Raw:
		gather(d.rgb, s[:len(d.frame.components)])
	}
}
