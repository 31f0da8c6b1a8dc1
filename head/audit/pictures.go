package audit

import (
	"fmt"
	"strings"
)

// A Picture is what was measured of one photograph. Luminance to Chroma are
// those of the crop that the trunk sees.
type Picture struct {
	Image
	Width, Height int     // as stored, pixels
	Orientation   int     // of EXIF, 1…8; 0 or 1: upright as stored
	Format        string  // by content: JPEG, PNG, …
	Promised      string  // the format that the name's extension promises; "" if it is Format
	Luminance     float64 // mean, 0…255
	Sharpness     float64 // variance of the Laplacian of the luminance
	Entropy       float64 // of the luminance, 0…8 bits
	Chroma        float64 // mean of max − min of R, G and B, 0…255

	BitDepth int // bits a channel as stored
	Gray     bool
	// Clipped: it is gray of 16 bits, and whatever is over 255 became white.
	Clipped bool
	// Transparent is the share of the crop that is transparent, 0…1, and shows what is
	// stored beneath; 0 if the transform lays a ground there.
	Transparent float64
}

// A Remark is something about one photograph that a person may want to look at.
type Remark struct {
	Image
	Problem string  `json:"problem"`         // one of Problems
	Value   float64 `json:"value"`           // what was measured
	Limit   float64 `json:"limit,omitempty"` // what it was compared with
	Detail  string  `json:"detail"`          // the same for people
}

// Limits of what is remarked on. They are meant to catch what a person would
// take out, not what is merely dark or soft: of 400 photographs of insects the
// darkest has a luminance of 48, the softest a sharpness of 32, and the emptiest,
// an ant on white paper, 2.6 bits.
const (
	TinySide     = 85   // pixels of the shorter side; a quarter of 342, so that the trunk sees mostly invention
	ExtremeRatio = 3    // longer to shorter side; the crop then shows a quarter of the picture or less
	Dark         = 25   // mean luminance
	Blurred      = 10   // variance of the Laplacian; a Gaussian blur of 3 pixels at 500 leaves 2 to 9
	Empty        = 2    // bits of entropy
	Colourless   = 1    // mean chroma; that of gray pictures is 0 but for rounding
	GrayMinority = 0.5  // gray pictures are remarked on if they are a smaller share than this
	Uncovered    = 0.01 // share of the crop that is transparent; rounded corners have less
)

// Problems lists the kinds of remarks, in the order in which they are given.
func Problems() []string {
	return []string{"clipped-gray", "transparent", "tiny", "extreme-aspect", "dark", "blurred", "low-information", "wrong-extension", "rotated", "gray"}
}

// Remarks judges pictures. The remarks are ordered by problem, then as the
// pictures are.
func Remarks(pictures []Picture) []Remark {
	gray := 0
	for _, p := range pictures {
		if p.Chroma < Colourless {
			gray++
		}
	}
	mixed := float64(gray) < GrayMinority*float64(len(pictures))
	remarks := []Remark{}
	for _, problem := range Problems() {
		for _, p := range pictures {
			if r, ok := p.remark(problem); ok && (problem != "gray" || mixed) {
				remarks = append(remarks, r)
			}
		}
	}
	return remarks
}

// remark says whether a picture has a problem.
func (p Picture) remark(problem string) (Remark, bool) {
	r := Remark{Image: p.Image, Problem: problem}
	found := false
	switch problem {
	case "clipped-gray", "transparent":
		return p.cause(r)
	case "dark", "blurred", "low-information":
		if _, known := p.cause(Remark{Problem: "clipped-gray"}); known || p.Transparent >= Uncovered {
			return r, false // the cause is named instead
		}
	}
	switch short, long := min(p.Width, p.Height), max(p.Width, p.Height); problem {
	case "tiny":
		r.Value, r.Limit, found = float64(short), TinySide, short < TinySide
		r.Detail = fmt.Sprintf("%d×%d pixels", p.Width, p.Height)
	case "extreme-aspect":
		r.Value, r.Limit = float64(long)/float64(max(short, 1)), ExtremeRatio
		r.Detail, found = fmt.Sprintf("%d×%d pixels", p.Width, p.Height), r.Value >= ExtremeRatio
	case "dark":
		r.Value, r.Limit, found = p.Luminance, Dark, p.Luminance < Dark
		r.Detail = fmt.Sprintf("mean luminance %.1f of 255", p.Luminance)
		if p.Gray && p.BitDepth > 8 {
			r.Detail += fmt.Sprintf("; gray of %d bits, of which it uses few", p.BitDepth)
		}
	case "blurred":
		r.Value, r.Limit, found = p.Sharpness, Blurred, p.Sharpness < Blurred && p.Entropy >= Empty
		r.Detail = fmt.Sprintf("variance of the Laplacian %.1f", p.Sharpness)
	case "low-information":
		r.Value, r.Limit, found = p.Entropy, Empty, p.Entropy < Empty
		r.Detail = fmt.Sprintf("entropy %.2f bits", p.Entropy)
	case "wrong-extension":
		r.Detail, found = fmt.Sprintf("named as %s, is %s", strings.ToUpper(p.Promised), p.Format), p.Promised != ""
	case "rotated":
		r.Value, found = float64(p.Orientation), p.Orientation > 1
		r.Detail = fmt.Sprintf("EXIF orientation %d", p.Orientation)
	case "gray":
		r.Value, r.Limit, found = p.Chroma, Colourless, p.Chroma < Colourless
		r.Detail = fmt.Sprintf("chroma %.2f", p.Chroma)
	}
	return r, found
}

// cause says whether the transform, rather than the photograph, is to blame for what the crop shows.
func (p Picture) cause(r Remark) (Remark, bool) {
	if r.Problem == "transparent" {
		r.Value, r.Limit = p.Transparent, Uncovered
		r.Detail = fmt.Sprintf("%.0f %% of the crop is transparent and shows what is stored beneath", 100*p.Transparent)
		return r, p.Transparent >= Uncovered
	}
	r.Value, r.Limit = float64(p.BitDepth), 8
	r.Detail = fmt.Sprintf("gray of %d bits, mean luminance %.1f of 255", p.BitDepth, p.Luminance)
	number := p.Gray && p.BitDepth == 32 // an integer or floating point, whose white nobody knows
	return r, p.Clipped || number && (p.Entropy < Empty || p.Luminance < Dark)
}

// Explain says what a problem is, with its limit.
func Explain(problem string) string {
	switch problem {
	case "clipped-gray":
		return "clipped: gray of more than 8 bits, in which everything over 255 becomes white"
	case "transparent":
		return "transparent: alpha is dropped, and shows what is stored beneath"
	case "tiny":
		return fmt.Sprintf("tiny: the shorter side has less than %d pixels", TinySide)
	case "extreme-aspect":
		return fmt.Sprintf("extreme aspect: one side is %d times the other or more, the crop shows a part", ExtremeRatio)
	case "dark":
		return fmt.Sprintf("dark: a mean luminance below %d of 255", Dark)
	case "blurred":
		return fmt.Sprintf("blurred: a variance of the Laplacian below %d", Blurred)
	case "low-information":
		return fmt.Sprintf("low information: less than %d bits of entropy", Empty)
	case "wrong-extension":
		return "wrong extension: the name promises another format"
	case "rotated":
		return "rotated: stored sideways with an EXIF orientation, which not every tool applies"
	case "gray":
		return "gray among colour"
	}
	return problem
}
