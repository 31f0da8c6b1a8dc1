package pixels

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func testView(seed uint64, number int) View {
	v := View{Seed: seed, Number: number}
	for i := range v.Key {
		v.Key[i] = byte(i)
	}
	return v
}

// TestDraws: the numbers are the documented ones; these come from numbers in
// scripts/goldens/pixels.py.
func TestDraws(t *testing.T) {
	d := testView(3, 2).draws()
	for i, want := range goldenDraws {
		if got := d.float(); got != want {
			t.Errorf("number %d is %v, want %v", i, got, want)
		}
	}
}

// TestBoxes: views lie inside their image, have the promised areas and ratios, and flip half of
// the time.
func TestBoxes(t *testing.T) {
	const n = 2000
	flips, area := 0, 0.0
	for i := range n {
		b := testView(1, i).box(500, 375)
		if b.left < 0 || b.top < 0 || b.width < 1 || b.height < 1 || b.left+b.width > 500 || b.top+b.height > 375 {
			t.Fatalf("view %d: %+v is not inside 500×375", i, b)
		}
		if r := float64(b.width) / float64(b.height); r < 0.73 || r > 1.36 {
			t.Errorf("view %d: %+v has ratio %.3f", i, b, r)
		}
		area += float64(b.width*b.height) / (500 * 375) / n
		if b.flip {
			flips++
		}
	}
	if math.Abs(float64(flips)/n-0.5) > 0.05 || area < 0.4 || area > 0.55 {
		t.Errorf("%d of %d views are flipped, mean area %.3f", flips, n, area)
	}
}

// TestNarrow: where no try can fit, the view is the middle with its ratio clamped, as torchvision's.
func TestNarrow(t *testing.T) {
	for _, c := range []struct{ w, h, left, top, width, height int }{
		{1000, 10, 493, 0, 13, 10}, {10, 1000, 0, 493, 10, 13}, {1, 1, 0, 0, 1, 1},
	} {
		b := testView(0, 1).box(c.w, c.h)
		if b.left != c.left || b.top != c.top || b.width != c.width || b.height != c.height {
			t.Errorf("%d×%d: %+v", c.w, c.h, b)
		}
	}
}

func TestViewsDiffer(t *testing.T) {
	file, err := os.ReadFile(filepath.Join(goldenDir, "exif6.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	d := NewDecoder(Transform{Resize: 40, Crop: 32, EXIF: ApplyEXIF}, Limits{})
	one, again, two := make([]byte, 32*32*3), make([]byte, 32*32*3), make([]byte, 32*32*3)
	for dst, number := range map[*[]byte]int{&one: 1, &again: 1, &two: 2} {
		if _, err := d.View(*dst, file, testView(0, number)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one, again) || bytes.Equal(one, two) {
		t.Error("view 1 is not view 1, or it is view 2")
	}
}

func TestExponential(t *testing.T) {
	for x := -0.29; x < 0.29; x += 0.001 {
		if e := exponential(x); math.Abs(e/math.Exp(x)-1) > 1e-15 {
			t.Errorf("exponential(%v) = %v, want %v", x, e, math.Exp(x))
		}
	}
}

// goldenDraws is numbers(3, bytes(range(32)), 2, 4).
var goldenDraws = []float64{
	0.407489608041005,
	0.7192261276189502,
	0.48598847750701757,
	0.23000573890783038,
}
