package trunk_test

import (
	"strings"
	"testing"

	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// TestIdentityNamesWhatDiffers changes each field, and each part of the
// transform: the difference and the error name it with both values.
func TestIdentityNamesWhatDiffers(t *testing.T) {
	base := trunk.Identity{
		Trunk: strings.Repeat("a", 64), Tap: "features",
		Transform: pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF},
	}
	if base.Difference(base) != "" {
		t.Errorf("an identity differs from itself: %s", base.Difference(base))
	}
	for _, c := range []struct {
		name             string
		change           func(*trunk.Identity)
		difference, said []string
	}{
		{"trunk", func(id *trunk.Identity) { id.Trunk = strings.Repeat("b", 64) },
			[]string{"trunk aaaaaaaaaaaaaaaa… against bbbbbbbbbbbbbbbb…"},
			[]string{`head "h.onnx" was trained on the trunk with SHA-256 aaaaaaaaaaaaaaaa…, the features "f" come from another ("other", bbbbbbbbbbbbbbbb…)`}},
		{"tap", func(id *trunk.Identity) { id.Tap = "early" },
			[]string{`tap "features" against "early"`},
			[]string{`head "h.onnx" was trained on the tap "features", the features "f" are of "early"`}},
		{"resize", func(id *trunk.Identity) { id.Transform.Resize = 299 },
			[]string{"transform resize 342", "against resize 299"},
			[]string{`head "h.onnx" was trained with resize 342`, `the features "f" were made with resize 299`}},
		{"crop", func(id *trunk.Identity) { id.Transform.Crop = 224 },
			[]string{"crop 299", "against", "crop 224"}, []string{"crop 299", "crop 224"}},
		{"exif", func(id *trunk.Identity) { id.Transform.EXIF = pixels.IgnoreEXIF },
			[]string{"exif apply against", "exif ignore"}, []string{"exif apply", "exif ignore"}},
		{"fast", func(id *trunk.Identity) { id.Transform.Fast = true },
			[]string{"fast"}, []string{"fast"}},
	} {
		other := base
		c.change(&other)
		err := &trunk.IdentityError{Want: base, Have: other, For: `head "h.onnx"`, From: `the features "f"`, Name: "other"}
		wantParts(t, c.name+": difference", base.Difference(other), c.difference)
		wantParts(t, c.name+": error", err.Error(), c.said)
		if strings.Contains(base.Difference(other), ";") {
			t.Errorf("%s: more differs than was changed: %s", c.name, base.Difference(other))
		}
	}
	other := trunk.Identity{Trunk: "b", Tap: "early"}
	wantParts(t, "all", base.Difference(other), []string{"trunk ", "; tap ", "; transform "})
}

func wantParts(t *testing.T, what, text string, parts []string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: no %q in %q", what, part, text)
		}
	}
}

func wantError(t *testing.T, what string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	wantParts(t, what, err.Error(), parts)
}
