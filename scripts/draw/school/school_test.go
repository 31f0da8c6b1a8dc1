package school

import (
	"slices"
	"testing"

	"graft/scripts/draw/scene"
)

// Every class shows its subject: enough to be seen, and unless it is a
// texture not so much that nothing else has room.
func TestEveryClassDrawsItsSubject(t *testing.T) {
	const side = 64
	for _, c := range Classes() {
		for i := range 4 {
			part := covered(c, i, side)
			if lo, hi := 0.01, 0.75; !c.Full && (part < lo || part > hi) {
				t.Errorf("%s: picture %d is covered to %.3f, want %.2f…%.2f", c.Name, i, part, lo, hi)
			}
			if c.Full && part < 0.95 {
				t.Errorf("%s: picture %d is covered to %.3f, want all of it", c.Name, i, part)
			}
		}
	}
}

// covered is the part of a picture that the subject changes.
func covered(c scene.Class, number, side int) float64 {
	changed := 0
	watched := c
	watched.Draw = func(s *scene.Stage) {
		before := slices.Clone(s.Pix)
		c.Draw(s)
		for i, p := range s.Pix {
			if p != before[i] {
				changed++
			}
		}
	}
	scene.Picture(watched, 7, number, side)
	return float64(changed) / float64(side*side)
}

func TestPicturesAreRepeatable(t *testing.T) {
	for _, c := range Classes() {
		a, b := scene.Picture(c, 7, 1, 32).Bytes(nil), scene.Picture(c, 7, 1, 32).Bytes(nil)
		if !slices.Equal(a, b) {
			t.Errorf("%s: the same picture is another one the second time", c.Name)
		}
		if slices.Equal(a, scene.Picture(c, 8, 1, 32).Bytes(nil)) {
			t.Errorf("%s: another seed draws the same picture", c.Name)
		}
	}
}

func BenchmarkPicture(b *testing.B) {
	classes := Classes()
	i := 0
	for b.Loop() {
		scene.Picture(classes[i%len(classes)], 0, i, 128)
		i++
	}
}
