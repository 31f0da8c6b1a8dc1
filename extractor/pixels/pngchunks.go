package pixels

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// chunk is one chunk of a PNG file: length, type, data, checksum (section 5.3).
type chunk struct {
	kind string
	data []byte
	sum  uint32
	end  int // where the next chunk begins
}

func (p *pngReader) chunk(at int) (chunk, error) {
	if at+8 > len(p.file) {
		return chunk{}, FormatError("PNG is truncated: the file ends before the image data")
	}
	n := int(binary.BigEndian.Uint32(p.file[at:]))
	kind := string(p.file[at+4 : at+8])
	if n > len(p.file)-at-12 {
		return chunk{}, broken("PNG is truncated: the file ends inside its %q chunk", kind)
	}
	return chunk{kind, p.file[at+8 : at+8+n], binary.BigEndian.Uint32(p.file[at+8+n:]), at + 12 + n}, nil
}

func (c chunk) check() error {
	if crc32.Update(crc32.ChecksumIEEE([]byte(c.kind)), crc32.IEEETable, c.data) != c.sum {
		return broken("PNG is damaged: wrong checksum in its %q chunk", c.kind)
	}
	return nil
}

// readChunks reads the palette, finds the image data, and looks for EXIF before and behind it.
func (p *pngReader) readChunks(at int) (orientation, error) {
	var meta metadata
	for {
		start := at
		if at+8 <= len(p.file) && string(p.file[at+4:at+8]) == "IDAT" {
			p.data = idat{file: p.file, at: start}
			break
		}
		c, err := p.chunk(at)
		if err != nil {
			return 0, err
		}
		if err := c.check(); err != nil {
			return 0, err
		}
		switch c.kind {
		case "PLTE":
			for i := range min(len(c.data)/3, 256) {
				copy(p.palette[i][:], c.data[3*i:])
			}
		case "tRNS":
			p.readTransparency(c.data)
		case "IEND":
			return 0, FormatError("PNG has no image data")
		default:
			meta.addPNG(c)
		}
		at = c.end
	}
	for c, err := p.chunk(at); err == nil && c.kind != "IEND"; c, err = p.chunk(c.end) {
		meta.addPNG(c)
	}
	return meta.orientation(), nil
}

// readTransparency reads a tRNS chunk (section 11.3.2.1): alphas of palette colours, opaque where
// it ends, or the one gray or colour that is transparent.
func (p *pngReader) readTransparency(b []byte) {
	p.transparent = true
	for i := range p.alphas {
		p.alphas[i] = 255
	}
	copy(p.alphas[:], b)
	p.key = [6]byte{}
	copy(p.key[:], b)
}

// idat reads the image data, which may be split over any number of IDAT chunks.
type idat struct {
	file []byte
	at   int // of the next chunk
	left []byte
}

func (r *idat) Read(b []byte) (int, error) {
	if len(r.left) == 0 && !r.more() {
		return 0, io.EOF
	}
	n := copy(b, r.left)
	r.left = r.left[n:]
	return n, nil
}

// ReadByte keeps compress/zlib from wrapping the reader in a buffer of its own.
func (r *idat) ReadByte() (byte, error) {
	if len(r.left) == 0 && !r.more() {
		return 0, io.EOF
	}
	b := r.left[0]
	r.left = r.left[1:]
	return b, nil
}

// more goes to the next chunk that is not empty. A chunk that the file cuts off gives what there is.
func (r *idat) more() bool {
	for len(r.left) == 0 {
		if r.at+8 > len(r.file) || string(r.file[r.at+4:r.at+8]) != "IDAT" {
			return false
		}
		n := int(binary.BigEndian.Uint32(r.file[r.at:]))
		start := r.at + 8
		r.left = r.file[start : start+min(n, len(r.file)-start)]
		r.at = min(start+n+4, len(r.file))
	}
	return true
}
