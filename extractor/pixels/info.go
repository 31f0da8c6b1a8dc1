package pixels

import (
	"path"
	"slices"
	"strings"
)

// Info is what the header of a file says, whatever the transform does with it.
type Info struct {
	Width, Height int    // as stored, before any turning
	Format        string // by content: JPEG, PNG, BMP, TIFF, WebP, PNM or GIF
	Orientation   int    // of EXIF or XMP, 1…8; 1 if there is none
	BitDepth      int    // bits a channel as stored, 1, 2, 4, 8, 12, 16 or 32; 5 in 16-bit BMP; with a palette, of its indices
	Gray          bool   // the file has one colour channel
	Alpha         bool   // it has an alpha channel or a transparent colour
}

// Inspect reads the header of a file: the Info that Crop gives, without decoding the picture.
func (d *Decoder) Inspect(file []byte) (Info, error) {
	if d.err != nil {
		return Info{}, d.err
	}
	if err := d.limits.checkBytes(len(file)); err != nil {
		return Info{}, err
	}
	f, err := sniff(file)
	if err != nil {
		return Info{}, err
	}
	_, h, err := f.open(d, file)
	if err != nil {
		return Info{}, err
	}
	return h.info(f.name), nil
}

// Misnamed says which format a file name promises, if that is not the one the file has:
// "PNG" for a JPEG named ant.png. It returns "" if name and content agree.
func (i Info) Misnamed(name string) string {
	ext := strings.ToLower(path.Ext(name))
	for _, f := range formats {
		if slices.Contains(f.extensions, ext) && f.name != i.Format {
			return f.name
		}
	}
	return ""
}
