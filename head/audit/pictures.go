package audit

import (
	"fmt"
	"slices"
	"strings"
)

// A Picture is the measurements of one photograph. Luminance to Chroma are those
// of the crop that the trunk sees.
type Picture struct {
	Image
	Width, Height int     // as stored, pixels
	Orientation   int     // of EXIF, 1…8; 0 or 1: upright as stored
	Format        string  // by content: JPEG, PNG, …
	Promised      string  // the format by the file name's extension; "" if it is Format
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

// A Remark is a property of one photograph that a person may want to look at.
type Remark struct {
	Image
	Problem string  `json:"problem"`         // clipped-gray, transparent, tiny, extreme-aspect, dark, blurred, low-information, wrong-extension, rotated or gray
	Value   float64 `json:"value"`           // the measurement
	Limit   float64 `json:"limit,omitempty"` // its threshold
	Detail  string  `json:"detail"`          // the measurement in words
}

// Thresholds of the remarks. They are meant to catch what a person would remove,
// not what is merely dark or soft: of 400 photographs of insects the darkest has
// a luminance of 48, the softest a sharpness of 32, and the emptiest, an ant on
// white paper, 2.6 bits.
const (
	tinySide         = 85   // pixels of the shorter side: a quarter of 342, so that the trunk sees mostly interpolation
	extremeRatio     = 3    // longer to shorter side: the crop shows a quarter of the picture or less
	darkLuminance    = 25   // mean luminance
	blurredSharpness = 10   // variance of the Laplacian: a Gaussian blur of 3 pixels at 500 leaves 2 to 9
	emptyEntropy     = 2    // bits of entropy
	grayChroma       = 1    // mean chroma: 0 for gray pictures, but for rounding
	uncovered        = 0.01 // fraction of the crop that is transparent: rounded corners have less
	grayMinority     = 0.5  // gray pictures are remarked on if they are a smaller fraction than this
)

// problem is a kind of remark.
type problem struct {
	name, explain string
	limit         float64 // 0: none
	value         func(Picture) float64
	detail        func(Picture) string
	found         func(p Picture, value float64) bool
}

// problems are the kinds of remarks, in their order.
var problems = []problem{{
	"clipped-gray", "clipped: gray of more than 8 bits, in which everything over 255 becomes white", 8,
	func(p Picture) float64 { return float64(p.BitDepth) },
	func(p Picture) string {
		return fmt.Sprintf("gray of %d bits, mean luminance %.1f of 255", p.BitDepth, p.Luminance)
	},
	func(p Picture, _ float64) bool { return p.clipped() },
}, {
	"transparent", "transparent: alpha is dropped, and shows what is stored beneath", uncovered,
	func(p Picture) float64 { return p.Transparent },
	func(p Picture) string {
		return fmt.Sprintf("%.0f %% of the crop is transparent and shows what is stored beneath", 100*p.Transparent)
	},
	func(_ Picture, v float64) bool { return v >= uncovered },
}, {
	"tiny", fmt.Sprintf("tiny: the shorter side has less than %d pixels", tinySide), tinySide,
	func(p Picture) float64 { return float64(min(p.Width, p.Height)) },
	Picture.size,
	func(_ Picture, v float64) bool { return v < tinySide },
}, {
	"extreme-aspect", fmt.Sprintf("extreme aspect: one side is %d times the other or more, the crop shows a part", extremeRatio), extremeRatio,
	func(p Picture) float64 {
		return float64(max(p.Width, p.Height)) / float64(max(min(p.Width, p.Height), 1))
	},
	Picture.size,
	func(_ Picture, v float64) bool { return v >= extremeRatio },
}, {
	"dark", fmt.Sprintf("dark: a mean luminance below %d of 255", darkLuminance), darkLuminance,
	func(p Picture) float64 { return p.Luminance },
	Picture.darkness,
	func(p Picture, v float64) bool { return v < darkLuminance && !p.explained() },
}, {
	"blurred", fmt.Sprintf("blurred: a variance of the Laplacian below %d", blurredSharpness), blurredSharpness,
	func(p Picture) float64 { return p.Sharpness },
	func(p Picture) string { return fmt.Sprintf("variance of the Laplacian %.1f", p.Sharpness) },
	func(p Picture, v float64) bool {
		return v < blurredSharpness && p.Entropy >= emptyEntropy && !p.explained()
	},
}, {
	"low-information", fmt.Sprintf("low information: less than %d bits of entropy", emptyEntropy), emptyEntropy,
	func(p Picture) float64 { return p.Entropy },
	func(p Picture) string { return fmt.Sprintf("entropy %.2f bits", p.Entropy) },
	func(p Picture, v float64) bool { return v < emptyEntropy && !p.explained() },
}, {
	"wrong-extension", "wrong extension: the name promises another format", 0,
	func(Picture) float64 { return 0 },
	func(p Picture) string {
		return fmt.Sprintf("named as %s, is %s", strings.ToUpper(p.Promised), p.Format)
	},
	func(p Picture, _ float64) bool { return p.Promised != "" },
}, {
	"rotated", "rotated: stored sideways with an EXIF orientation, which not every tool applies", 0,
	func(p Picture) float64 { return float64(p.Orientation) },
	func(p Picture) string { return fmt.Sprintf("EXIF orientation %d", p.Orientation) },
	func(_ Picture, v float64) bool { return v > 1 },
}, {
	gray, "gray among colour", grayChroma,
	func(p Picture) float64 { return p.Chroma },
	func(p Picture) string { return fmt.Sprintf("chroma %.2f", p.Chroma) },
	func(_ Picture, v float64) bool { return v < grayChroma },
}}

// gray is the one problem that depends on the other pictures.
const gray = "gray"

// explained reports whether the transform, rather than the photograph, is to blame
// for what the crop shows: that cause is remarked on instead of its effects.
func (p Picture) explained() bool { return p.clipped() || p.Transparent >= uncovered }

// clipped reports whether gray of many bits lost what it shows. Of integers and
// floating point numbers of 32 bits it is not known which value is white.
func (p Picture) clipped() bool {
	number := p.Gray && p.BitDepth == 32
	return p.Clipped || number && (p.Entropy < emptyEntropy || p.Luminance < darkLuminance)
}

func (p Picture) darkness() string {
	text := fmt.Sprintf("mean luminance %.1f of 255", p.Luminance)
	if p.Gray && p.BitDepth > 8 {
		text += fmt.Sprintf("; gray of %d bits, of which it uses few", p.BitDepth)
	}
	return text
}

func (p Picture) size() string { return fmt.Sprintf("%d×%d pixels", p.Width, p.Height) }

// Remarks finds pictures that stand out. The remarks are ordered by problem, then
// as the pictures are.
func Remarks(pictures []Picture) []Remark {
	remarks := []Remark{}
	for _, kind := range problems {
		found := []Remark{}
		for _, p := range pictures {
			if v := kind.value(p); kind.found(p, v) {
				found = append(found, Remark{Image: p.Image, Problem: kind.name, Value: v, Limit: kind.limit, Detail: kind.detail(p)})
			}
		}
		if kind.name != gray || float64(len(found)) < grayMinority*float64(len(pictures)) {
			remarks = append(remarks, found...)
		}
	}
	return remarks
}

// Explain describes the problem of a [Remark], with its threshold.
func Explain(name string) string {
	if i := slices.IndexFunc(problems, func(p problem) bool { return p.name == name }); i >= 0 {
		return problems[i].explain
	}
	return name
}
