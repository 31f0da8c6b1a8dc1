package report

import (
	"strings"
	"testing"

	"graft/head/internal/browser"
)

// TestAuditInChromium opens a page with hostile names in a browser: nothing on
// the console, every picture loads, every link leads somewhere, and nothing is
// wider than a telephone.
func TestAuditInChromium(t *testing.T) {
	r := findings(`<script>console.error("evil")</script>`)
	r.Unreadable[0].Path = strings.Repeat("a-very-long-name", 30) + `"><img src=x onerror=console.error(1)>.jpg`
	seen := browser.Open(t, []byte(pageOf(t, r, dots{})))
	if want := 3 + len(r.Pictures); seen.Images != want || seen.Broken > 0 || seen.Lost > 0 || seen.Width > browser.Width {
		t.Errorf("%d images of %d, %d of them broken, %d links lost, %d pixels wide", seen.Images, want, seen.Broken, seen.Lost, seen.Width)
	}
}
