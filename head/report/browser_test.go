package report

import (
	"testing"

	"graft/head/internal/browser"
)

// TestInChromium opens pages in a real browser: nothing on the console, every
// image loads, every link of the matrix leads somewhere, nothing is wider than
// a telephone, and the map shows its images.
func TestInChromium(t *testing.T) {
	hostile := examplePage(30, 3)
	hostile.Labels[1], hostile.Title = `<script>console.error("evil")</script>`, `"><img src=x onerror=console.error(1)>`
	hostile.Record = exampleRecord(hostile.Labels)
	gone := examplePage(30, 2)
	gone.Thumbnails = nil
	for name, p := range map[string]*Page{"two classes": examplePage(60, 2), "many": examplePage(300, 100), "hostile": hostile, "no photographs": gone} {
		t.Run(name, func(t *testing.T) {
			seen := browser.Open(t, []byte(render(t, p)))
			if seen.Broken > 0 || seen.Lost > 0 || seen.Width > browser.Width {
				t.Errorf("of %d images %d are broken, of %d links %d are lost, and the page is %d pixels wide", seen.Images, seen.Broken, seen.Links, seen.Lost, seen.Width)
			}
			if pictures := p.Thumbnails != nil; seen.Images < len(p.Y) && pictures || seen.Tip != pictures {
				t.Errorf("%d images for %d rows; the map shows one: %v", seen.Images, len(p.Y), seen.Tip)
			}
		})
	}
}
