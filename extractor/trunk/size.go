package trunk

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a width and a height in pixels. A Height of 0 is the width.
type Size struct{ Width, Height int }

// ParseSize reads "224", or height×width as "192x224".
func ParseSize(text string) (s Size, err error) {
	height, width, two := strings.Cut(strings.ReplaceAll(text, "×", "x"), "x")
	if !two {
		width = height
	}
	if s.Width, err = strconv.Atoi(width); err == nil && two {
		s.Height, err = strconv.Atoi(height)
	}
	if err != nil || s.Width < 1 || two && s.Height < 1 {
		return Size{}, fmt.Errorf("%q is neither a number of pixels nor HEIGHTxWIDTH", text)
	}
	return s, nil
}

// Divided is what both sides are divided by a fraction and rounded down, as timm
// does with crop_pct.
func (s Size) Divided(fraction float64) Size {
	down := func(side int) int { return int(min(math.Floor(float64(side)/fraction), 1<<20)) }
	return Size{Width: down(s.Width), Height: down(s.Height)}
}

// SetSizes says what images are resized and cropped to; zero sizes are left open.
func (s *ImportSettings) SetSizes(resize, crop Size) {
	s.Resize, s.Asked.ResizeHeight = resize.Width, resize.other()
	s.Crop, s.Asked.CropHeight = crop.Width, crop.other()
}

// other is the height where it is not the width, else 0.
func (s Size) other() int {
	if s.Height == s.Width {
		return 0
	}
	return s.Height
}
