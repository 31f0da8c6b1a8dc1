package pixels

import (
	"encoding/json"
	"testing"
)

func TestTransformJSON(t *testing.T) {
	for want, tr := range map[string]Transform{
		`{"crop":299,"exif":"apply","resize":342}`:              {Resize: 342, Crop: 299, EXIF: ApplyEXIF},
		`{"crop":150,"exif":"ignore","fast":true,"resize":171}`: {Resize: 171, Crop: 150, EXIF: IgnoreEXIF, Fast: true},
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
