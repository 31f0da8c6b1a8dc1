package pixels

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"

	"graft/extractor/pixels/jpeg"
	"graft/extractor/pixels/turbojpeg"
)

// jpegReader decodes JPEG files, through libturbojpeg or package jpeg: their bytes are the same.
type jpegReader struct {
	file    []byte
	scale   int
	decoder jpegDecoder
	image   *jpeg.Image
	y       int
}

// jpegDecoder is *jpeg.Decoder or *turbojpeg.Decoder.
type jpegDecoder interface {
	Config(file []byte) (jpeg.Config, error)
	Decode(file []byte, window image.Rectangle, scale int) (*jpeg.Image, error)
}

var (
	_ jpegDecoder = (*jpeg.Decoder)(nil)
	_ jpegDecoder = (*turbojpeg.Decoder)(nil)
)

// Names of what decodes JPEG files, as Decoder.JPEG gives them.
const (
	OwnJPEG   = "graft's own decoder"
	TurboJPEG = "libturbojpeg"
)

// JPEG names what the Decoder decodes JPEG files with: TurboJPEG where it is installed, else
// OwnJPEG. The pixels are the same.
func (d *Decoder) JPEG() string {
	if _, own := d.jpeg.decoder.(*jpeg.Decoder); own {
		return OwnJPEG
	}
	return TurboJPEG
}

// UseJPEG chooses what JPEG files are decoded with, TurboJPEG or OwnJPEG. It fails, and changes
// nothing, if that cannot be had.
func (d *Decoder) UseJPEG(name string) error {
	switch name {
	case OwnJPEG:
		d.jpeg.decoder = new(jpeg.Decoder)
		return nil
	case TurboJPEG:
		turbo, err := turbojpeg.New()
		if err == nil {
			d.jpeg.decoder = turbo
		}
		return err
	}
	return fmt.Errorf("JPEG decoder %q: there are %q and %q", name, TurboJPEG, OwnJPEG)
}

func openJPEG(d *Decoder, file []byte) (picture, header, error) {
	j := &d.jpeg
	j.file = file
	c, err := j.decoder.Config(file)
	if err != nil {
		return nil, header{}, err
	}
	if err := d.limits.checkPixels("JPEG", c.Width, c.Height); err != nil {
		return nil, header{}, err
	}
	j.scale = 1
	if d.fast {
		j.scale = draftScale(min(c.Width, c.Height), max(d.transform.Resize, d.transform.ResizeHeight))
	}
	meta := jpegMetadata(file)
	h := header{width: c.Width, height: c.Height, scale: j.scale, orientation: meta.orientation()}
	h.gray = c.Color == jpeg.Gray
	return j, h, nil
}

// draftScale is the denominator that Pillow's draft("RGB", (size, size)) chooses.
func draftScale(short, size int) int {
	for _, scale := range []int{8, 4, 2} {
		if short/size >= scale {
			return scale
		}
	}
	return 1
}

func (j *jpegReader) rows(window image.Rectangle) (rows, error) {
	m, err := j.decoder.Decode(j.file, window, j.scale)
	if err != nil {
		return nil, err
	}
	j.image, j.y = m, window.Min.Y
	return j, nil
}

func (j *jpegReader) next() ([]byte, error) {
	row := j.image.Row(j.y)
	j.y++
	return row, nil
}

func (j *jpegReader) finish() error { return nil }

// jpegMetadata looks for EXIF and XMP in the APP1 segments before the first scan.
func jpegMetadata(file []byte) (m metadata) {
	const (
		app1 = 0xe1
		exif = "Exif\x00\x00"
		xmp  = "http://ns.adobe.com/xap/1.0/\x00"
	)
	s := segments{file: file, at: 2}
	for s.next() {
		switch {
		case s.marker != app1:
		case m.exif == nil && bytes.HasPrefix(s.content, []byte(exif)):
			m.exif = s.content
		case bytes.HasPrefix(s.content, []byte(xmp)):
			m.xmp = s.content[len(xmp):]
		}
	}
	return m
}

// segments steps through the marker segments before the first scan. A broken one ends them.
type segments struct {
	file    []byte
	at      int // behind the last segment
	marker  byte
	content []byte
}

// next goes to the next segment; false means that there is none.
func (s *segments) next() bool {
	const sos = 0xda
	for s.nextMarker() && s.marker != sos {
		if s.marker <= 1 || s.marker >= 0xd0 && s.marker <= 0xd8 {
			continue // no segment
		}
		if s.at+2 > len(s.file) {
			return false
		}
		end := s.at + int(binary.BigEndian.Uint16(s.file[s.at:]))
		if end < s.at+2 || end > len(s.file) {
			return false
		}
		s.content, s.at = s.file[s.at+2:end], end
		return true
	}
	return false
}

// nextMarker goes behind the next marker, over stray and filling bytes.
func (s *segments) nextMarker() bool {
	skip := bytes.IndexByte(s.file[s.at:], 0xff)
	if skip < 0 {
		return false
	}
	for s.at += skip; s.at < len(s.file) && s.file[s.at] == 0xff; s.at++ {
	}
	if s.at == len(s.file) {
		return false
	}
	s.marker = s.file[s.at]
	s.at++
	return true
}
