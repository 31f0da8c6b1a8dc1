package audit

import (
	"bytes"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"graft/head/internal/browser"
)

// TestPageInChromium opens a page with hostile names in a browser: nothing on
// the console, every picture loads, every link leads somewhere, and nothing is
// wider than a telephone.
func TestPageInChromium(t *testing.T) {
	var picture, page bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		t.Fatal(err)
	}
	r := findings(`<script>console.error("evil")</script>`)
	r.Unreadable[0].Path = strings.Repeat("a-very-long-name", 30) + `"><img src=x onerror=console.error(1)>.jpg`
	if err := r.WritePage(&page, func(string) []byte { return picture.Bytes() }); err != nil {
		t.Fatal(err)
	}
	seen := browser.Open(t, page.Bytes())
	if want := 3 + len(Problems()); seen.Images != want || seen.Broken > 0 || seen.Lost > 0 || seen.Width > browser.Width {
		t.Errorf("%d images of %d, %d of them broken, %d links lost, %d pixels wide", seen.Images, want, seen.Broken, seen.Lost, seen.Width)
	}
}
