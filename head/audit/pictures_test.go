package audit

import (
	"slices"
	"strings"
	"testing"
)

// TestCausesAreNamed: where the transform is to blame, that is said, and not that the crop is dark or
// empty.
func TestCausesAreNamed(t *testing.T) {
	sound := Picture{Width: 500, Height: 400, Luminance: 120, Sharpness: 300, Entropy: 7, Chroma: 30, BitDepth: 8}
	with := func(change func(*Picture)) Picture {
		p := sound
		change(&p)
		return p
	}
	for _, c := range []struct {
		what    string
		picture Picture
		want    []string
	}{
		{"nothing", sound, nil},
		{"dark", with(func(p *Picture) { p.Luminance = 5 }), []string{"dark"}},
		{"white by clipping", with(func(p *Picture) {
			p.Luminance, p.Entropy, p.Gray, p.BitDepth, p.Clipped = 255, 0, true, 16, true
		}), []string{"clipped-gray"}},
		{"gray of 16 bits that uses 8", with(func(p *Picture) { p.Gray, p.BitDepth = true, 16 }), nil},
		{"floating point between 0 and 1", with(func(p *Picture) { p.Luminance, p.Entropy, p.Gray, p.BitDepth = 0, 0, true, 32 }), []string{"clipped-gray"}},
		{"floating point up to 255", with(func(p *Picture) { p.Gray, p.BitDepth = true, 32 }), nil},
		{"a cut-out", with(func(p *Picture) { p.Luminance, p.Entropy, p.Sharpness, p.Transparent = 0, 0, 0, 0.8 }), []string{"transparent"}},
		{"rounded corners", with(func(p *Picture) { p.Transparent = 0.002 }), nil},
		{"a tiny cut-out", with(func(p *Picture) { p.Width, p.Height, p.Transparent = 40, 40, 0.5 }), []string{"transparent", "tiny"}},
	} {
		var got []string
		for _, r := range Remarks([]Picture{c.picture}) {
			got = append(got, r.Problem)
			if Explain(r.Problem) == r.Problem || r.Detail == "" {
				t.Errorf("%s: %s is not explained", c.what, r.Problem)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	scaled := with(func(p *Picture) { p.Luminance, p.Gray, p.BitDepth = 3, true, 16 })
	if r := Remarks([]Picture{scaled}); len(r) != 1 || !strings.Contains(r[0].Detail, "of which it uses few") {
		t.Errorf("16 bits that are scaled and dark: %+v", r)
	}
}
