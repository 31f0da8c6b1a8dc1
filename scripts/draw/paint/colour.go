package paint

import "math"

// RGB is a colour, each part 0…1, encoded as on the screen (sRGB).
type RGB struct{ R, G, B float32 }

// Mix goes from c towards d: 0 is c, 1 is d.
func (c RGB) Mix(d RGB, t float32) RGB {
	return RGB{c.R + (d.R-c.R)*t, c.G + (d.G-c.G)*t, c.B + (d.B-c.B)*t}
}

// Times makes a colour darker (k < 1) or brighter.
func (c RGB) Times(k float32) RGB { return RGB{c.R * k, c.G * k, c.B * k} }

// Plus adds k to every part.
func (c RGB) Plus(k float32) RGB { return RGB{c.R + k, c.G + k, c.B + k} }

// Luma is the brightness of a colour, 0…1.
func (c RGB) Luma() float32 { return 0.299*c.R + 0.587*c.G + 0.114*c.B }

// HSV gives the colour of a hue (in turns, any number), a saturation and a
// value (0…1).
func HSV(h, s, v float64) RGB {
	part := func(offset float64) float32 {
		k := math.Mod(offset+6*(h-math.Floor(h)), 6)
		return float32(v - v*s*max(0, min(k, 4-k, 1)))
	}
	return RGB{part(5), part(3), part(1)}
}
