package jpeg

import "encoding/binary"

// frame is what a start-of-frame segment says (T.81 B.2.2).
type frame struct {
	width, height int
	progressive   bool
	components    []component
	maxH, maxV    int // largest sampling factors
	mcusX, mcusY  int // interleaved MCUs in the picture (A.2)
}

// component is one colour component and where its samples go.
type component struct {
	id            byte
	h, v          int // sampling factors
	quant         int // slot of its quantisation table
	blocksX       int // blocks that hold samples, across
	blocksY       int // and down
	size          int // samples a block gives in each direction after scaling: 8, 4, 2 or 1
	width, height int // in samples, after scaling

	step    *[64]int32 // quantisation steps, as they were when its first scan began; nil before
	steps   [64]int32  // what step points to
	dc, ac  int        // slots of its Huffman tables in the present scan
	predict int32      // the last DC coefficient

	coefs  []int16 // all coefficients, if the picture comes in several scans
	stride int     // bytes a row of plane
	plane  []byte  // samples of two rows of MCUs, in turn
	left   int     // blocks [left, right) of a row are transformed
	right  int
	up     upsampler
}

// frameKinds names the processes that are not read (table B.1).
var frameKinds = map[byte]string{
	0xc3: "lossless coding", 0xc5: "differential coding", 0xc6: "differential coding",
	0xc7: "lossless differential coding", 0xc9: "arithmetic coding", 0xca: "arithmetic coding",
	0xcb: "lossless arithmetic coding", 0xcd: "differential arithmetic coding",
	0xce: "differential arithmetic coding", 0xcf: "lossless differential arithmetic coding",
}

// startOfFrame reads a SOF segment. Dimensions are known after it; nothing is allocated for them.
func (h *header) startOfFrame(marker byte, s []byte) error {
	if len(h.frame.components) > 0 {
		return broken("it has two frames")
	}
	if kind := frameKinds[marker]; kind != "" {
		return unsupported("%s", kind)
	}
	if len(s) < 6 {
		return errLength
	}
	f := &h.frame
	f.progressive = marker == markerSOF0+2
	f.height, f.width = int(binary.BigEndian.Uint16(s[1:])), int(binary.BigEndian.Uint16(s[3:]))
	n := int(s[5])
	switch {
	case s[0] != 8:
		return unsupported("%d bits a sample", s[0])
	case f.width == 0 || f.height == 0:
		return broken("its header says %d×%d pixels", f.width, f.height)
	case f.width > 65500 || f.height > 65500: // JPEG_MAX_DIMENSION
		return broken("its header says %d×%d pixels; libjpeg reads up to 65500", f.width, f.height)
	case len(s) != 6+3*n:
		return errLength
	case n != 1 && n != 3 && n != 4:
		return unsupported("%d components", n)
	}
	return f.setComponents(s[6:], n)
}

func (f *frame) setComponents(s []byte, n int) error {
	if cap(f.components) < n {
		f.components = append(f.components[:0], make([]component, n)...)
	}
	f.components = f.components[:n]
	f.maxH, f.maxV = 1, 1
	for i := range f.components {
		c, s := &f.components[i], s[3*i:]
		c.id, c.h, c.v, c.quant = s[0], int(s[1]>>4), int(s[1]&15), int(s[2])
		c.step = nil
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return broken("a sampling factor is %d×%d", c.h, c.v)
		}
		if n == 1 { // the only component is full size, whatever its factors (A.2.2)
			c.h, c.v = 1, 1
		}
		f.maxH, f.maxV = max(f.maxH, c.h), max(f.maxV, c.v)
	}
	f.mcusX = ceilDiv(f.width, 8*f.maxH)
	f.mcusY = ceilDiv(f.height, 8*f.maxV)
	for i := range f.components {
		c := &f.components[i]
		c.blocksX = ceilDiv(f.width*c.h, 8*f.maxH)
		c.blocksY = ceilDiv(f.height*c.v, 8*f.maxV)
		if f.maxH%c.h != 0 || f.maxV%c.v != 0 {
			return unsupported("sampling %d×%d of %d×%d is no whole fraction", c.h, c.v, f.maxH, f.maxV)
		}
	}
	return nil
}

// setScale chooses for each component how many samples a block gives, so that the picture comes
// out at size/8 of its width and height (jpeg_calc_output_dimensions in jdmaster.c): halved chroma
// is scaled less, where that makes it as large as the rest.
func (f *frame) setScale(size int) {
	for i := range f.components {
		c := &f.components[i]
		c.size = size
		for c.size < 8 && f.maxH*size%(c.h*c.size*2) == 0 && f.maxV*size%(c.v*c.size*2) == 0 {
			c.size *= 2
		}
		c.width = ceilDiv(f.width*c.h*c.size, 8*f.maxH)
		c.height = ceilDiv(f.height*c.v*c.size, 8*f.maxV)
	}
}

// latchQuant keeps the quantisation tables of the components of a scan that begins, unless an
// earlier scan did (latch_quant_tables in jdinput.c).
func (h *header) latchQuant() error {
	for _, i := range h.scan.components() {
		c := &h.frame.components[i]
		if c.step != nil {
			continue
		}
		if c.quant > 3 || !h.quant[c.quant].defined {
			return broken("quantisation table %d is missing", c.quant)
		}
		c.steps = h.quant[c.quant].step
		c.step = &c.steps
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
