package audit

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// TestLabelIssuesEqualCleanlab compares result and order with cleanlab's
// find_label_issues; the problems are made by scripts/goldens/audit.py.
func TestLabelIssuesEqualCleanlab(t *testing.T) {
	data, err := os.ReadFile("../../testdata/golden/audit/labels.json")
	if err != nil {
		t.Fatal(err)
	}
	var problems []struct {
		Classes int
		Labels  []int
		P       []float64
		Issues  []int
	}
	if err := json.Unmarshal(data, &problems); err != nil {
		t.Fatal(err)
	}
	if len(problems) == 0 {
		t.Fatal("the golden has no problems")
	}
	for k, p := range problems {
		issues, err := labelIssues(p.P, p.Labels, p.Classes)
		if err != nil {
			t.Fatalf("problem %d: %v", k, err)
		}
		var got []int
		for _, i := range issues {
			got = append(got, i.row)
		}
		if !slices.Equal(got, p.Issues) {
			t.Errorf("problem %d (%d samples, %d classes):\n got %v\nwant %v", k, len(p.Labels), p.Classes, got, p.Issues)
		}
	}
}

func TestLabelIssuesRefuses(t *testing.T) {
	for _, c := range []struct {
		name    string
		p       []float64
		y       []int
		classes int
	}{
		{"one class", []float64{1, 1}, []int{0, 0}, 1},
		{"wrong shape", []float64{1, 0, 1}, []int{0, 1}, 2},
		{"unknown class", []float64{1, 0, 0, 1}, []int{0, 2}, 2},
	} {
		if _, err := labelIssues(c.p, c.y, c.classes); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
}
