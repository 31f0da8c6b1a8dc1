package report

import (
	"strings"
	"testing"

	"graft/head"
	"graft/head/metrics"
)

// TestRecords: what the record says of training is on the page, whatever solver
// it was.
func TestRecords(t *testing.T) {
	counts := []head.ClassCount{{Label: "a", Rows: 30}, {Label: "b", Rows: 12}}
	score := func(v float64) head.Score { return head.Score{Loss: 1 - v, Accuracy: v} }
	for name, c := range map[string]struct {
		record *head.Record
		charts int
		want   []string
	}{
		"unknown": {nil, 0, []string{"does not say how it was trained"}},
		"one epoch": {&head.Record{Solver: "rmsprop", RMSprop: &head.RMSprop{Rate: 0.01, Standardize: true}, Counts: counts, Rows: 42, Epochs: []head.Epoch{{Epoch: 1}}}, 0,
			[]string{"for a single epoch", "42 images of 2 classes", "lr 0.01, standardize on", "a 30, b 12"}},
		"search": {&head.Record{Solver: "rmsprop", RMSprop: &head.RMSprop{Seed: 1<<64 - 1}, Counts: counts, HeldOut: 8, StoppedAt: 2,
			Rates:  []head.RateRow{{Rate: 1e-4, Val: score(.5)}, {Rate: 1e-3, Val: score(.9), Chosen: true}, {Rate: 1, Failed: true}},
			Epochs: []head.Epoch{{Stage: "lr search", Epoch: 1, Loss: 2}, {Stage: "lr search", Epoch: 2, Loss: 1}}}, 3,
			[]string{"8 of them only to choose settings", "Chosen: 0.001.", "The head of epoch 2 was kept", "in each epoch the one that led", "<dd><bdi>18446744073709551615</bdi>"}},
		"search, then all rows": {&head.Record{Solver: "rmsprop", Counts: counts,
			Epochs: []head.Epoch{{Stage: "lr search", Epoch: 1}, {Epoch: 1, Loss: 3}, {Epoch: 2, Loss: 2}, {Epoch: 3, Loss: 1}}}, 2, []string{">3</text>"}},
		"sweep": {&head.Record{Solver: "lbfgs", LBFGS: &head.LBFGS{Folds: 5}, C: 0.1, Counts: counts,
			Sweep:       []head.SweepRow{{C: 0.01, Accuracy: .5, Spread: .1}, {C: 0.1, Accuracy: .8, Spread: .3, Chosen: true}, {C: 1, Accuracy: .7}},
			Calibration: &metrics.Calibration{Temperature: 1.25, Rows: 42, ECEBefore: 0.08, ECEAfter: 0.02}}, 1,
			[]string{"L-BFGS", "folds 5, C in the end 0.1", "Chosen: C = 0.1.", "temperature 1.250, fitted on 42 images held out: calibration error 8.0 % before, 2.0 % after"}},
		"given penalty": {&head.Record{Solver: "lbfgs", LBFGS: &head.LBFGS{C: 2}, C: 2, Counts: counts}, 0, []string{"penalty was given"}},
		"neighbours":    {&head.Record{Solver: "knn", KNN: &head.KNN{K: 20}, Counts: counts, Versions: map[string]string{"graft": "1.2.3"}}, 0, []string{"kept, not trained", "k 20", "1.2.3"}},
		"another":       {&head.Record{Solver: "oracle"}, 0, []string{"oracle"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := examplePage(40, 2)
			p.Record = c.record
			html := render(t, p)
			for _, want := range c.want {
				if !strings.Contains(html, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			learning := html[strings.Index(html, `<section id="curves">`):strings.Index(html, `<section id="confusion">`)]
			if n := strings.Count(learning, "<svg "); n != c.charts || strings.Contains(html, "NaN") {
				t.Errorf("%d charts of learning, want %d", n, c.charts)
			}
		})
	}
}

// FuzzNames: whatever names there are, the page has its own elements and no
// more, and all links lead somewhere.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"ants", "<script>", `"><img src=x>`, "{{.}}", "\x00\xff", "a\u202eb", "</title></style>", "javascript:alert(1)", "&lt;", "'\n`"} {
		f.Add(s)
	}
	plainPage := examplePage(12, 3)
	plainPage.Thumbnails = nil
	var want string
	f.Fuzz(func(t *testing.T, name string) {
		if want == "" {
			want = skeleton(render(t, plainPage))
		}
		p := examplePage(12, 3)
		p.Title, p.Thumbnails = "t"+name, nil
		p.Labels[1], p.Names[3] = "x"+name, "y"+name
		p.Record = exampleRecord(p.Labels)
		html := render(t, p)
		checkLinks(t, html)
		if got := skeleton(html); got != want {
			t.Errorf("%q changes the elements of the page", name)
		}
	})
}

// skeleton is the names of the elements that a page opens, in order.
func skeleton(html string) string {
	var names []string
	for rest := html; ; {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return strings.Join(names, " ")
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r < 'a' || r > 'z' })
		if end > 0 {
			names = append(names, after[:end])
		}
		rest = after
	}
}
