package audit

import (
	"bytes"
	"encoding/json"
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
	for _, p := range problems {
		r.Pictures = append(r.Pictures, Remark{Image: image(p.name + ".jpg"), Problem: p.name, Detail: "seen"})
	}
	return r
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
	if r := findings("ants"); r.Findings() != 1+1+1+len(problems)+1 || r.Leaks() != 1 || r.Truncated() != 1 {
		t.Errorf("%d findings, %d leaks, %d truncated", r.Findings(), r.Leaks(), r.Truncated())
	}
}
