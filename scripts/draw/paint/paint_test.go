package paint

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestInverseUndoes(t *testing.T) {
	m := Identity.Move(3, -2).Turn(0.7).Scale(2, 0.5).Shear(0.3)
	for _, p := range []Point{{0, 0}, {1, 0}, {-4, 9}} {
		q := m.Inverse().Apply(m.Apply(p))
		if math.Abs(q.X-p.X) > 1e-12 || math.Abs(q.Y-p.Y) > 1e-12 {
			t.Errorf("%v came back as %v", p, q)
		}
	}
	if got := Identity.Scale(2, 8).Size(); got != 4 {
		t.Errorf("size %v, want 4", got)
	}
	if got := (Affine{}).Inverse(); got != Identity {
		t.Errorf("a flat map's inverse is %v, want the identity", got)
	}
}

// area is the painted part of a canvas in pixels.
func area(c *Canvas) float64 {
	sum := 0.0
	for _, p := range c.Pix {
		sum += float64(p.R)
	}
	return sum
}

func TestFillCoversTheOutline(t *testing.T) {
	white := Flat(RGB{1, 1, 1})
	for name, test := range map[string]struct {
		p    *Path
		want float64
	}{
		"ellipse":      {Ellipse(32, 32, 20, 10), math.Pi * 200},
		"square":       {Polygon(Point{8, 8}, Point{40, 8}, Point{40, 40}, Point{8, 40}), 1024},
		"half outside": {Polygon(Point{-32, 0}, Point{32, 0}, Point{32, 64}, Point{-32, 64}), 2048},
		"outside":      {Ellipse(-50, 32, 20, 10), 0},
		"hole":         {Ellipse(32, 32, 20, 20).Add(Ellipse(-32, 32, 10, 10), Identity.Scale(-1, 1)), math.Pi * 300},
		"stroke":       {Stroke(4, 4, Point{10, 32}, Point{50, 32}), 160 + math.Pi*4},
		"not a number": {Ellipse(math.NaN(), 1, 1, 1), 0},
	} {
		c := New(64, 64)
		c.Fill(test.p, Identity, white, 1)
		if got := area(c); math.Abs(got-test.want) > 0.01*test.want+1 {
			t.Errorf("%s covers %.1f pixels, want %.1f", name, got, test.want)
		}
	}
}

func TestShadowDarkensSoftly(t *testing.T) {
	c := New(64, 64)
	c.Cover(Flat(RGB{1, 1, 1}))
	c.Shadow(Ellipse(32, 32, 12, 12), Identity, 3, 0.5)
	middle, edge, far := c.Pix[32*64+32].R, c.Pix[32*64+44].R, c.Pix[0].R
	if math.Abs(float64(middle)-0.5) > 0.02 || far != 1 || edge <= middle || edge >= far {
		t.Errorf("middle %v, edge %v, far %v: want 0.5, between, 1", middle, edge, far)
	}
}

func TestFieldStaysInRangeAndRepeats(t *testing.T) {
	f := NewField(rand.New(rand.NewPCG(1, 1)))
	for i := range 2000 {
		x, y := float64(i)*0.37-300, float64(i)*0.11
		v := f.Cloud(x, y, 3)
		if v < -1 || v > 1 {
			t.Fatalf("cloud at %v, %v is %v", x, y, v)
		}
	}
	if a, b := f.At(1.25, -3.5), f.At(1.25+lattice, -3.5+2*lattice); a != b {
		t.Errorf("the field does not repeat: %v, %v", a, b)
	}
}

func TestHSV(t *testing.T) {
	for _, test := range []struct {
		h, s, v float64
		want    RGB
	}{
		{0, 1, 1, RGB{1, 0, 0}}, {1.0 / 3, 1, 1, RGB{0, 1, 0}}, {-1.0 / 3, 1, 0.5, RGB{0, 0, 0.5}}, {0.7, 0, 0.25, RGB{0.25, 0.25, 0.25}},
	} {
		got := HSV(test.h, test.s, test.v)
		d := max(got.R-test.want.R, test.want.R-got.R, got.G-test.want.G, test.want.G-got.G, got.B-test.want.B, test.want.B-got.B)
		if d > 1e-6 {
			t.Errorf("HSV(%v, %v, %v) is %v, want %v", test.h, test.s, test.v, got, test.want)
		}
	}
}

func TestBytesAreClipped(t *testing.T) {
	c := New(2, 1)
	c.Pix[0], c.Pix[1] = RGB{-1, 0.5, 2}, RGB{0, 1, float32(math.Inf(1))}
	if got, want := string(c.Bytes(nil)), "\x00\x80\xff\x00\xff\xff"; got != want {
		t.Errorf("%x, want %x", got, want)
	}
}
