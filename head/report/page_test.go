package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"graft/head/internal/headtest"
)

var (
	hrefs = regexp.MustCompile(`href="#([^"]*)"`)
	ids   = regexp.MustCompile(` id="([^"]*)"`)
)

// checkLinks says which links of a page lead nowhere, and which places are
// there twice.
func checkLinks(t *testing.T, html string) {
	t.Helper()
	there := map[string]int{}
	for _, m := range ids.FindAllStringSubmatch(html, -1) {
		there[m[1]]++
	}
	for id, n := range there {
		if n > 1 {
			t.Errorf("%d elements are called %q", n, id)
		}
	}
	for _, m := range hrefs.FindAllStringSubmatch(html, -1) {
		if there[m[1]] == 0 {
			t.Errorf("a link leads to #%s, which is not there", m[1])
		}
	}
}

func TestPagesOfAnyShape(t *testing.T) {
	for _, c := range []struct{ images, classes int }{{1, 2}, {3, 2}, {60, 2}, {90, 9}, {300, 31}, {1000, 100}} {
		t.Run(fmt.Sprintf("%d of %d classes", c.images, c.classes), func(t *testing.T) {
			p := examplePage(c.images, c.classes)
			html := render(t, p)
			checkLinks(t, html)
			for i := range p.Y {
				if id := fmt.Sprintf(` id="i%d"`, i); !strings.Contains(html, id) {
					t.Fatalf("image %d is not shown", i)
				}
			}
			if strings.Contains(html, "NaN") || strings.Contains(html, "ZgotmplZ") {
				t.Error("the page has NaN, or text that the template refused")
			}
			if again := render(t, p); again != html {
				t.Error("the same page gives other bytes the second time")
			}
		})
	}
}

// TestMatrixLeadsToImages: every cell with images is a link to a section with
// as many.
func TestMatrixLeadsToImages(t *testing.T) {
	p := examplePage(200, 5)
	html := render(t, p)
	count := map[string]int{}
	for i, k := range p.predicted() {
		count[cellID(p.Y[i], k)]++
	}
	matrix := html[strings.Index(html, `<div class="scroll matrix">`):strings.Index(html, `<div class="beside">`)]
	linked := hrefs.FindAllStringSubmatch(matrix, -1)
	if len(linked) != len(count) {
		t.Errorf("the matrix has %d links, want %d", len(linked), len(count))
	}
	for id, n := range count {
		_, section, found := strings.Cut(html, `<section class="cell" id="`+id+`">`)
		section, _, _ = strings.Cut(section, "</section>")
		if got := strings.Count(section, "<img "); !found || got != n {
			t.Errorf("cell %s shows %d images, want %d", id, got, n)
		}
	}
}

// TestHostileNames: whatever classes and files are called, no element or
// attribute comes of it.
func TestHostileNames(t *testing.T) {
	const evil = `<script>alert(1)</script>`
	p := examplePage(40, 3)
	p.Title, p.Facts[0] = evil, Fact{evil, `"><img src=x onerror=alert(1)>`}
	p.Labels[0], p.Labels[1] = evil, `" onload="alert(1)`
	p.Record = exampleRecord(p.Labels)
	p.Warnings = []string{evil}
	for i := range p.Names {
		p.Names[i] = fmt.Sprintf("%d/\xff\"'><svg onload=alert(1)>%s.jpg", i, evil)
	}
	html := render(t, p)
	checkLinks(t, html)
	if n := strings.Count(strings.ToLower(html), "<script"); n != 1 {
		t.Errorf("%d script elements, want ours alone", n)
	}
	for _, bad := range []string{"<img src=x", "<svg onload", ` onload="`, "\xff"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if !strings.Contains(html, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the label is not shown")
	}
}

func TestWithoutPhotographs(t *testing.T) {
	gone, unwanted := examplePage(50, 4), examplePage(50, 4)
	gone.Thumbnails, unwanted.MaxThumbnails = nil, -1
	for want, p := range map[string]*Page{"photographs were not at hand": gone, "No pictures were asked for": unwanted} {
		html := render(t, p)
		checkLinks(t, html)
		if strings.Contains(html, "<img ") || strings.Contains(html, "to keep the page small") || !strings.Contains(html, want) {
			t.Errorf("the page shows images, or does not say %q", want)
		}
		if !strings.Contains(html, "photo 0049.jpg") {
			t.Errorf("%s: names are missing", want)
		}
	}
}

type failing struct{ dots }

func (f failing) Thumbnail(path string) ([]byte, error) {
	if number(path)%3 == 0 {
		return nil, errors.New("the file <b>is gone</b>")
	}
	return f.dots.Thumbnail(path)
}

func TestMissingFilesAreSaid(t *testing.T) {
	p := examplePage(30, 2)
	p.Thumbnails = failing{}
	html := render(t, p)
	checkLinks(t, html)
	if !strings.Contains(html, "the file &lt;b&gt;is gone&lt;/b&gt;") || !strings.Contains(html, "10 images could not be shown") {
		t.Error("the page does not say which images are missing")
	}
}

// noise is thumbnails that no JPEG makes small: 12 KB each, more than any of
// 128×128 pixels at quality 70 has been seen to take.
type noise struct{}

func (noise) Thumbnail(path string) ([]byte, error) {
	r := rand.New(rand.NewPCG(uint64(number(path)), 0))
	b := make([]byte, 12<<10)
	for k := range b {
		b[k] = byte(r.Uint32())
	}
	return b, nil
}

func TestSizeIsBounded(t *testing.T) {
	const limit = 10_000_000
	for name, p := range map[string]*Page{"noisy": examplePage(1000, 100), "many": examplePage(20_000, 10)} {
		p.Thumbnails = noise{}
		html := render(t, p)
		if len(html) > limit {
			t.Errorf("%s: the page has %d bytes, want at most %d", name, len(html), limit)
		}
		if !strings.Contains(html, "to keep the page small") {
			t.Errorf("%s: the page does not say that images are left out", name)
		}
		checkLinks(t, html)
	}
}

func TestPageRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Page){
		"no images":          func(p *Page) { p.Y, p.Names, p.P = nil, nil, nil },
		"one class":          func(p *Page) { p.Labels = p.Labels[:1] },
		"names missing":      func(p *Page) { p.Names = p.Names[:3] },
		"not probabilities":  func(p *Page) { p.P[0] = 7 },
		"features of others": func(p *Page) { p.Features = headtest.Data{D: 2} },
		"class out of range": func(p *Page) { p.Y[0] = 9 },
	} {
		p := examplePage(10, 2)
		spoil(p)
		var b bytes.Buffer
		if err := p.Write(t.Context(), &b); err == nil || b.Len() > 0 {
			t.Errorf("%s: error %v, and %d bytes were written", name, err, b.Len())
		}
	}
}

func TestPageIsInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := examplePage(10, 2).Write(ctx, &bytes.Buffer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
