package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// findings is a report with something of everything.
func findings(label string) *Report {
	image := func(path string) Image { return Image{Path: path, Label: label, Split: "train"} }
	r := &Report{
		Version: ReportVersion, Data: "/photographs/" + label, Images: 9, Readable: 8, Splits: []string{"train"},
		Trunk: Trunk{Name: "net", SHA256: strings.Repeat("ab", 32)}, Limits: LimitsOf(Near{}), Notes: []string{"a note"},
		Unreadable: []Unreadable{{Image: image("broken.jpg"), Truncated: true, Reason: "it is truncated"}},
		Duplicates: []Group{{Images: []Image{image("a.jpg"), image("b.jpg")}, Similarity: 0.93, AcrossSplits: true}},
		Labels:     &Judgement{Images: 8, Accuracy: 0.75, Suspects: []Suspect{{Image: image("c.jpg"), Suggested: label, Given: 0.1, Probability: 0.9}}},
		Classes:    CountClasses([]Image{image("a.jpg"), image("b.jpg")}, nil),
	}
	for _, p := range Problems() {
		r.Pictures = append(r.Pictures, Remark{Image: image(p + ".jpg"), Problem: p, Detail: "seen"})
	}
	return r
}

func TestPageEscapesAndIsSelfContained(t *testing.T) {
	const evil = `<script>alert("1")</script>&'`
	var b bytes.Buffer
	err := findings(evil).WritePage(&b, func(path string) []byte {
		if path == "c.jpg" {
			return nil
		}
		return []byte("\xff\xd8 " + path)
	})
	if err != nil {
		t.Fatal(err)
	}
	text := b.String()
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
	if n := strings.Count(text, "<img"); n != 2+len(Problems()) {
		t.Errorf("%d pictures, want %d", n, 2+len(Problems()))
	}
	for _, want := range []string{"a.jpg", "leak", "0.93", "it is truncated", "75.0 %", "90 %", "a note", "too few to train", "untrained"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
}

func TestPageIsBounded(t *testing.T) {
	r := findings("ants")
	for i := range 5000 {
		r.Duplicates = append(r.Duplicates, Group{Images: make([]Image, 30)})
		r.Labels.Suspects = append(r.Labels.Suspects, Suspect{Image: Image{Path: fmt.Sprint(i)}})
	}
	asked := 0
	var b bytes.Buffer
	if err := r.WritePage(&b, func(string) []byte { asked++; return []byte("picture") }); err != nil {
		t.Fatal(err)
	}
	if asked > 1000 {
		t.Errorf("%d pictures on one page", asked)
	}
	if !strings.Contains(b.String(), "and 4941 more") {
		t.Error("the page does not say how many findings it leaves out")
	}
}

// TestReportJSON keeps the names of the fields.
func TestReportJSON(t *testing.T) {
	b, err := json.Marshal(findings("ants"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"version", "data", "images", "readable", "splits", "trunk", "transform", "unreadable", "truncated", "reason",
		"duplicates", "exact", "similarity", "across_splits", "across_labels", "labels", "suspects", "suggested", "given",
		"probability", "accuracy", "pictures", "problem", "value", "detail", "classes", "sizes", "ratio", "imbalanced",
		"remarks", "limits", "near", "near_certain", "near_picture", "few_to_evaluate", "few_to_train", "notes", "path", "label", "split",
	} {
		if !bytes.Contains(b, []byte(`"`+name+`":`)) {
			t.Errorf("the JSON has no %q: %s", name, b)
		}
	}
	if r := findings("ants"); r.Findings() != 1+1+1+len(Problems())+1 || r.Leaks() != 1 || r.Truncated() != 1 {
		t.Errorf("%d findings, %d leaks, %d truncated", r.Findings(), r.Leaks(), r.Truncated())
	}
}
