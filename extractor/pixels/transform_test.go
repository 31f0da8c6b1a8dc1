package pixels

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestTransformJSON(t *testing.T) {
	for want, tr := range map[string]Transform{
		`{"crop":299,"exif":"apply","resize":342}`:              {Resize: 342, Crop: 299, EXIF: ApplyEXIF},
		`{"crop":150,"exif":"ignore","fast":true,"resize":171}`: {Resize: 171, Crop: 150, EXIF: IgnoreEXIF, Fast: true},
		`{"alpha":"white","crop":150,"exif":"apply","gray16":"scale","resize":171}`: {
			Resize: 171, Crop: 150, EXIF: ApplyEXIF, Gray16: ScaleGray16, Alpha: GroundWhite},
	} {
		if got := tr.JSON(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		var back Transform
		if err := json.Unmarshal([]byte(want), &back); err != nil || back != tr {
			t.Errorf("%s reads as %+v (%v)", want, back, err)
		}
	}
}

func TestSwitches(t *testing.T) {
	tr := Transform{Resize: 342, Crop: 299, EXIF: ApplyEXIF, Gray16: ScaleGray16, Alpha: GroundBlack}
	if err := tr.Validate(); err != nil {
		t.Error(err)
	}
	if got := tr.String(); got != "resize 342, crop 299, exif apply, gray16 scale, alpha black" {
		t.Errorf("String is %q", got)
	}
	for _, bad := range []Transform{
		{Resize: 342, Crop: 299, EXIF: ApplyEXIF, Gray16: "clip"}, {Resize: 342, Crop: 299, EXIF: ApplyEXIF, Alpha: "drop"},
	} {
		if bad.Validate() == nil {
			t.Errorf("%+v is taken for valid", bad)
		}
	}
}

func TestSurprises(t *testing.T) {
	usual, switched := Transform{}, Transform{Gray16: ScaleGray16, Alpha: GroundWhite}
	var some, none Surprises
	for _, i := range []Info{
		{BitDepth: 16, Gray: true}, {BitDepth: 12, Gray: true}, // clipped
		{BitDepth: 8, Alpha: true}, {BitDepth: 16, Gray: true, Alpha: true}, // the latter keeps its high byte
		{BitDepth: 16}, {BitDepth: 8, Gray: true}, {},
	} {
		some.Add(usual, i)
		none.Add(switched, i)
	}
	if some != (Surprises{Clipped: 2, Uncovered: 2}) || none != (Surprises{}) {
		t.Errorf("%+v and %+v", some, none)
	}
	notes := strings.Join(some.Notes(), "\n")
	if !strings.Contains(notes, "2 images are gray of 16 bits") || !strings.Contains(notes, "2 images have an alpha channel") || len(none.Notes()) > 0 {
		t.Errorf("notes %s and %q", notes, none.Notes())
	}
}

// TestMayReadLater has reasons that earlier versions recorded.
func TestMayReadLater(t *testing.T) {
	for reason, want := range map[string]bool{
		"GIF files are not read": true, "TIFF with compression 7 is not read": true, "not an image: begins with bytes 49 49 2b 00": true,
		"": false, "JPEG is truncated: image file is truncated": false, "PNG of 60000×60000 pixels is over the limit of 178956970": false,
	} {
		if MayReadLater(reason) != want {
			t.Errorf("%q: %v", reason, !want)
		}
	}
}
