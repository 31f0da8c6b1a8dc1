package pixels

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"io"

	"golang.org/x/image/tiff"
)

// tiffReader decodes the first image of a TIFF file with x/image/tiff: 1-bit to 16-bit gray,
// palette, RGB and RGBA in strips or tiles; uncompressed, LZW, deflate, PackBits and fax. JPEG, CMYK
// and YCbCr in TIFF are not read.
type tiffReader struct {
	file []byte
	imageRows
}

func isTIFF(b []byte) bool { return prefix("II*\x00")(b) || prefix("MM\x00*")(b) }

func openTIFF(d *Decoder, file []byte) (picture, header, error) {
	t := &d.tiff
	t.file = file
	c, err := tiff.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, header{}, tiffError(err)
	}
	if err := d.limits.checkPixels("TIFF", c.Width, c.Height); err != nil {
		return nil, header{}, err
	}
	meta := metadata{exif: file, xmp: tiffXMP(file)}
	gray := c.ColorModel == color.GrayModel || c.ColorModel == color.Gray16Model
	return t, header{width: c.Width, height: c.Height, orientation: meta.orientation(), gray: gray}, nil
}

func (t *tiffReader) rows(window image.Rectangle) (rows, error) {
	m, err := tiff.Decode(bytes.NewReader(t.file))
	if err != nil {
		return nil, tiffError(err)
	}
	t.start(m, window)
	return t, nil
}

func tiffError(err error) error {
	var no tiff.UnsupportedError
	switch {
	case errors.As(err, &no):
		return unsupported("TIFF with this %s is not read", string(no))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return FormatError("TIFF is truncated: the file ends inside its image data")
	}
	return broken("TIFF is broken: %v", err)
}
