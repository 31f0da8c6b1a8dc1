package pixels

// A ground is what lies under transparent pixels. Without one they show their own colour, as in
// Pillow's convert("RGB").
type ground struct {
	laid  bool
	level byte // of R, G and B
}

func (t Transform) ground() ground {
	return ground{laid: t.Alpha != "", level: map[string]byte{GroundWhite: 255}[t.Alpha]}
}

// under composites a pixel with its alpha over the ground, as Pillow's Image.alpha_composite does on
// an opaque picture.
func (g ground) under(px []byte, alpha byte) {
	rest := int(255-alpha)*int(g.level) + 128
	for i, v := range px[:3] {
		sum := int(v)*int(alpha) + rest
		px[i] = byte((sum>>8 + sum) >> 8)
	}
}
