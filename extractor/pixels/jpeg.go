package pixels

import (
	"bytes"
	"encoding/binary"
	"errors"
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
		return nil, header{}, jpegError(err)
	}
	if err := d.limits.checkPixels("JPEG", c.Width, c.Height); err != nil {
		return nil, header{}, err
	}
	j.scale = 1
	if d.fast {
		j.scale = draftScale(min(c.Width, c.Height), d.transform.Resize)
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
		return nil, jpegError(err)
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

// jpegError gives the decoder's errors this package's types.
func jpegError(err error) error {
	var no jpeg.UnsupportedError
	if errors.As(err, &no) {
		return UnsupportedError(no)
	}
	return FormatError(err.Error())
}

// jpegMetadata looks for EXIF and XMP in the APP1 segments before the first scan.
func jpegMetadata(file []byte) metadata {
	const (
		app1 = 0xe1
		sos  = 0xda
		xmp  = "http://ns.adobe.com/xap/1.0/\x00"
	)
	var m metadata
	for at := 2; ; {
		skip := bytes.IndexByte(file[at:], 0xff)
		if skip < 0 {
			return m
		}
		for at += skip; at < len(file) && file[at] == 0xff; at++ {
		}
		if at+3 > len(file) || file[at] == sos {
			return m
		}
		marker := file[at]
		at++
		if marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8 {
			continue // no segment
		}
		end := at + int(binary.BigEndian.Uint16(file[at:]))
		if end < at+2 || end > len(file) {
			return m
		}
		segment := file[at+2 : end]
		switch {
		case marker != app1:
		case m.exif == nil && bytes.HasPrefix(segment, []byte("Exif\x00\x00")):
			m.exif = segment
		case bytes.HasPrefix(segment, []byte(xmp)):
			m.xmp = segment[len(xmp):]
		}
		at = end
	}
}
