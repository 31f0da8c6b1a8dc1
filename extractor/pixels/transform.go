package pixels

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Values of Transform.EXIF.
const (
	ApplyEXIF  = "apply"  // photographs come out upright, as by Pillow's ImageOps.exif_transpose
	IgnoreEXIF = "ignore" // pixels as they are stored, which is what torchvision sees
)

// maxSide bounds Resize and Crop, so that an absurd value cannot ask for an absurd buffer.
const maxSide = 8192

// Transform says which pixels of a photograph a trunk sees. It travels with features and heads,
// so its JSON form is stable: fields are added, never renamed, and zero values of later ones are
// left out.
type Transform struct {
	Resize int    `json:"resize"` // the short side is resized to this many pixels, 1…8192
	Crop   int    `json:"crop"`   // side of the square cut from the middle, 1…8192; zero padding where the image is smaller
	EXIF   string `json:"exif"`   // ApplyEXIF or IgnoreEXIF
	// Fast decodes large JPEGs at 1/2, 1/4 or 1/8 of their size before resizing them, as
	// Pillow's draft mode does: faster, and not the same pixels.
	Fast bool `json:"fast,omitempty"`
}

// Validate says which field cannot be used, and what it may be.
func (t Transform) Validate() error {
	if t.Resize < 1 || t.Resize > maxSide {
		return fmt.Errorf("transform: resize is %d; it must be 1…%d", t.Resize, maxSide)
	}
	if t.Crop < 1 || t.Crop > maxSide {
		return fmt.Errorf("transform: crop is %d; it must be 1…%d", t.Crop, maxSide)
	}
	if t.EXIF != ApplyEXIF && t.EXIF != IgnoreEXIF {
		return fmt.Errorf("transform: exif is %q; it must be %q or %q", t.EXIF, ApplyEXIF, IgnoreEXIF)
	}
	return nil
}

// String is the transform for people: "resize 342, crop 299, exif apply".
func (t Transform) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "resize %d, crop %d, exif %s", t.Resize, t.Crop, t.EXIF)
	if t.Fast {
		b.WriteString(", fast")
	}
	return b.String()
}

// JSON is the form in which features and heads carry the transform: the fields sorted by name, no
// white space. The same transform has the same text, so that texts can be compared.
func (t Transform) JSON() string {
	b, _ := json.Marshal(struct {
		Crop   int    `json:"crop"`
		EXIF   string `json:"exif"`
		Fast   bool   `json:"fast,omitempty"`
		Resize int    `json:"resize"`
	}{t.Crop, t.EXIF, t.Fast, t.Resize})
	return string(b) // numbers, a text and a bool: there is no error
}
