package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"graft/head/audit"
)

// problems is how many kinds of remarks there are.
const problems = 8

// findings is an audit with something of everything.
func findings(label string) *audit.Report {
	image := func(path string) audit.Image { return audit.Image{Path: path, Label: label, Split: "train"} }
	r := &audit.Report{
		Version: audit.ReportVersion, Data: "/photographs/" + label, Images: 9, Readable: 8, Splits: []string{"train"},
		Trunk: audit.Trunk{Name: "net", SHA256: strings.Repeat("ab", 32)}, Limits: audit.LimitsOf(audit.Near{}), Notes: []string{"a note"},
		Unreadable: []audit.Unreadable{{Image: image("broken.jpg"), Truncated: true, Reason: "it is truncated"}},
		Duplicates: []audit.Group{{Images: []audit.Image{image("a.jpg"), image("b.jpg")}, Similarity: 0.93, AcrossSplits: true}},
		Labels:     &audit.Judgement{Images: 8, Accuracy: 0.75, Suspects: []audit.Suspect{{Image: image("c.jpg"), Suggested: label, Given: 0.1, Probability: 0.9}}},
		Classes:    audit.CountClasses([]audit.Image{image("a.jpg"), image("b.jpg")}, nil),
	}
	tiny := audit.Picture{Width: 9, Height: 90, Orientation: 6, Format: "PNG", Promised: "JPEG"}
	var pictures []audit.Picture
	for k := range 4 { // three in colour, so that gray is a minority
		tiny.Image, tiny.Chroma = image(fmt.Sprint(k, ".jpg")), float64(9*k)
		pictures = append(pictures, tiny)
	}
	pictures[1].Entropy = 9 // and so blurred
	r.Pictures = audit.Remarks(pictures)
	return r
}

// pageOf is the page of an audit.
func pageOf(t *testing.T, r *audit.Report, thumbnails Thumbnails) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteAudit(t.Context(), &b, r, thumbnails); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// someFail is thumbnails of all but c.jpg.
type someFail struct{}

func (someFail) Thumbnail(path string) ([]byte, error) {
	if path == "c.jpg" {
		return nil, errors.New("the file <b>is gone</b>")
	}
	return []byte("\xff\xd8 " + path), nil
}

func TestAuditEscapesAndIsSelfContained(t *testing.T) {
	const evil = `<script>alert("1")</script>&'`
	r := findings(evil)
	text := pageOf(t, r, someFail{})
	if strings.Contains(text, "<script") || !strings.Contains(text, "&lt;script&gt;") {
		t.Error("a label is not escaped")
	}
	// every picture and link is in the page itself
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		anchor, isAnchor := strings.CutPrefix(m[1], "#")
		switch {
		case strings.HasPrefix(m[1], "data:image/jpeg;base64,") || m[1] == "data:,":
		case isAnchor && strings.Contains(text, `id="`+anchor+`"`):
		default:
			t.Errorf("the page refers to %q", m[1])
		}
	}
	if n, want := strings.Count(text, "<img"), 2+len(r.Pictures); n != want || len(r.PicturesBy()) != problems {
		t.Errorf("%d pictures, want %d, of %d problems", n, want, len(r.PicturesBy()))
	}
	for _, want := range []string{"a.jpg", "leak", "0.93", "it is truncated", "75.0 %", "90.0 %", "a note", "too few to train", "untrained",
		"the file &lt;b&gt;is gone&lt;/b&gt;", "1 images could not be shown", "Content-Security-Policy"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
}

// counted is thumbnails of a given size that are counted.
type counted struct {
	asked chan struct{}
	size  int
}

func (c counted) Thumbnail(string) ([]byte, error) {
	c.asked <- struct{}{}
	return make([]byte, c.size), nil
}

func TestAuditIsBounded(t *testing.T) {
	r := findings("ants")
	for i := range 5000 {
		r.Duplicates = append(r.Duplicates, audit.Group{Images: make([]audit.Image, 30)})
		for k := range r.Duplicates[i].Images {
			r.Duplicates[i].Images[k].Path = fmt.Sprint(i, k)
		}
		r.Labels.Suspects = append(r.Labels.Suspects, audit.Suspect{Image: audit.Image{Path: fmt.Sprint(i)}})
	}
	c := counted{make(chan struct{}, 5000), 12 << 10}
	text := pageOf(t, r, c)
	if n := len(c.asked); n > 1000 {
		t.Errorf("%d pictures on one page", n)
	}
	if len(text) > 10_000_000 || !strings.Contains(text, "to keep the page small") {
		t.Errorf("the page has %d bytes, or does not say that pictures are left out", len(text))
	}
	if !strings.Contains(text, "and 4941 more; the JSON report lists them all") {
		t.Error("the page does not say how many findings it leaves out")
	}
}

func TestAuditWithoutPhotographs(t *testing.T) {
	text := pageOf(t, findings("ants"), nil)
	if strings.Contains(text, "<img") || strings.Contains(text, "left out") || !strings.Contains(text, "photographs were not at hand") {
		t.Error("the page shows pictures, or does not say why there are none")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := WriteAudit(ctx, &bytes.Buffer{}, findings("ants"), someFail{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
