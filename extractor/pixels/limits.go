package pixels

import "fmt"

const (
	// DefaultPixels is the number of pixels above which Pillow refuses an image as a
	// decompression bomb: twice PIL.Image.MAX_IMAGE_PIXELS, about 179 million.
	DefaultPixels = 2 * (1024 * 1024 * 1024 / 4 / 3)
	// DefaultBytes is the size above which a file is refused: 512 MiB.
	DefaultBytes = 512 << 20
)

// Limits bound what one file may cost. They are checked on the file's size and on the dimensions
// in its header, before anything is allocated for its pixels.
type Limits struct {
	Pixels int64 // width × height; 0 means DefaultPixels
	Bytes  int64 // size of the encoded file; 0 means DefaultBytes
}

func (l Limits) withDefaults() Limits {
	if l.Pixels == 0 {
		l.Pixels = DefaultPixels
	}
	if l.Bytes == 0 {
		l.Bytes = DefaultBytes
	}
	return l
}

func (l Limits) checkBytes(n int) error {
	if int64(n) > l.Bytes {
		return LimitError(fmt.Sprintf("file of %d bytes is over the limit of %d", n, l.Bytes))
	}
	return nil
}

// checkPixels also keeps out sizes that no image has.
func (l Limits) checkPixels(format string, w, h int) error {
	if w < 1 || h < 1 {
		return broken("%s has no pixels: its header says %d×%d", format, w, h)
	}
	if int64(w) > l.Pixels/int64(h) {
		return LimitError(fmt.Sprintf("%s of %d×%d pixels is over the limit of %d", format, w, h, l.Pixels))
	}
	return nil
}
