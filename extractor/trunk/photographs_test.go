package trunk_test

import (
	"path/filepath"
	"strings"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/trunk"
)

// TestReadPhotographs takes some of the training images, holds some of them out,
// and names what could not be read.
func TestReadPhotographs(t *testing.T) {
	tr := read(t, extractortest.Trunk(t, 1)).Trunk
	data := extractortest.Photographs(t, 24)
	extractortest.Write(t, filepath.Join(data, "train/ladybirds/letter.jpg"), []byte("a letter"))
	for _, c := range []struct{ measured, heldOut, wantMeasured, wantHeldOut, failed int }{
		{5, 3, 5, 3, 0},
		{40, 20, 8, 4, 1}, // there are twelve to train on
	} {
		p, err := trunk.ReadPhotographs(t.Context(), tr, trunk.PhotographSettings{Path: data, Measured: c.measured, HeldOut: c.heldOut})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Measured) != c.wantMeasured || len(p.HeldOut) != c.wantHeldOut || len(p.Failed) != c.failed {
			t.Errorf("%d and %d wanted: %d measured, %d held out, failed %q", c.measured, c.heldOut, len(p.Measured), len(p.HeldOut), p.Failed)
		}
		if n := len(p.Measured[0]); n != 3*extractortest.Crop*extractortest.Crop {
			t.Errorf("a crop has %d bytes", n)
		}
	}

	broken := t.TempDir()
	extractortest.Write(t, filepath.Join(broken, "a/letter.jpg"), []byte("a letter"))
	p, err := trunk.ReadPhotographs(t.Context(), tr, trunk.PhotographSettings{Path: broken, Measured: 1, HeldOut: 1})
	wantError(t, "no photograph", err, "has no photograph that could be read")
	if len(p.Failed) != 1 || !strings.HasPrefix(p.Failed[0], "a/letter.jpg: not an image") {
		t.Errorf("failed: %q", p.Failed)
	}
}
