package pixels

import (
	"cmp"
	"strings"
)

// otherKind says what a file is that people take for a readable image, and what can be done about
// it; "" if it is nothing of that kind.
func otherKind(file []byte) string {
	for _, o := range otherKinds {
		if o.magic(file) {
			return o.name + " " + cmp.Or(o.way, "files are not read")
		}
	}
	if brand, ok := mediaBrand(file); ok {
		return mediaKind(brand)
	}
	return ""
}

// Ways out of formats that phones and web pages use.
const (
	wayOfPhones   = "photographs are not read; convert them to JPEG, with ImageMagick for example, or have the camera write JPEG"
	wayOfPictures = "pictures are not read; convert them to JPEG or PNG, with ImageMagick for example"
)

var otherKinds = []struct {
	name, way string
	magic     func([]byte) bool
}{
	{"JPEG 2000", wayOfPictures, prefix("\x00\x00\x00\x0cjP  ")},
	{"JPEG 2000", wayOfPictures, prefix("\xff\x4f\xff\x51")},
	{"JPEG XL", wayOfPictures, prefix("\xff\x0a")},
	{"JPEG XL", wayOfPictures, prefix("\x00\x00\x00\x0cJXL ")},
	{"JPEG XR", wayOfPictures, prefix("II\xbc")},
	{"OpenEXR", wayOfPictures, prefix("\x76\x2f\x31\x01")},
	{"Radiance HDR", wayOfPictures, prefix("#?RADIANCE")},
	{"PAM", wayOfPictures, prefix("P7\n")},
	{"QOI", wayOfPictures, prefix("qoif")},
	{"DDS", wayOfPictures, prefix("DDS ")},
	{"icon", "", prefix("\x00\x00\x01\x00")},
	{"Photoshop", "", prefix("8BPS")},
	{"PDF", "", prefix("%PDF")},
	{"SVG", "", prefix("<svg")},
	{"FITS", "", prefix("SIMPLE  =")},
	{"DICOM", "files are not read; convert them to PNG or TIFF", func(b []byte) bool { return len(b) > 132 && string(b[128:132]) == "DICM" }},
}

// mediaBrand is the brand of a file in the ISO base media format, which begins with a box "ftyp".
func mediaBrand(file []byte) (brand string, ok bool) {
	if len(file) < 12 || string(file[4:8]) != "ftyp" {
		return "", false
	}
	return string(file[8:12]), true
}

// mediaKind says what a brand stands for.
func mediaKind(brand string) string {
	switch {
	case brand == "avif" || brand == "avis":
		return "AVIF " + wayOfPictures
	case strings.HasPrefix(brand, "he") || brand == "mif1" || brand == "msf1" || brand == "mif2":
		return "HEIC " + wayOfPhones
	case brand == "crx ":
		return "Canon CR3 " + wayOfPhones
	}
	return "videos are not read"
}
