package predictions

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

func TestTop(t *testing.T) {
	got := Top([]string{"a", "b", "c", "d"}, []float64{0.2, 0.3, 0.3, 0.2}, 3)
	if want := []Score{{"b", 0.3}, {"c", 0.3}, {"a", 0.2}}; !slices.Equal(got, want) {
		t.Errorf("top %v, want %v", got, want)
	}
}

func TestRule(t *testing.T) {
	r := Rule{Unsure: "unsure", Least: 0.6}
	for _, c := range []struct {
		probabilities []float64
		label, guess  string
	}{
		{[]float64{0.4, 0.6}, "bees", "bees"}, // at the bar is not below it
		{[]float64{0.59, 0.41}, "unsure", "ants"},
	} {
		if p := r.Predict("a.jpg", []string{"ants", "bees"}, c.probabilities); p.Label != c.label || p.Guess != c.guess || p.Top != nil {
			t.Errorf("%v: prediction %+v", c.probabilities, p)
		}
	}
}

// TestFormats has the bytes of every format of text.
func TestFormats(t *testing.T) {
	r := Rule{Top: 2, Unsure: "unsure", Least: 0.5}
	labels := []string{"ants", "be,es", "c\td"}
	for format, want := range map[string]string{
		"csv": `path,label,probability,guess,label2,probability2
a.jpg,ants,0.750000,ants,"be,es",0.125000
` + "\uefff.jpg" + `,unsure,0.437500,c	d,"be,es",0.312500
`,
		"tsv": `path	label	probability	guess	label2	probability2
a.jpg	ants	0.750000	ants	be,es	0.125000
` + "\uefff.jpg" + `	unsure	0.437500	"c	d"	be,es	0.312500
`,
		"jsonl": `{"path":"a.jpg","label":"ants","probability":0.75,"guess":"ants","top":[{"label":"ants","probability":0.75},{"label":"be,es","probability":0.125}]}
{"path":"` + "\uefff" + `.jpg","label":"unsure","probability":0.4375,"guess":"c\td","top":[{"label":"c\td","probability":0.4375},{"label":"be,es","probability":0.3125}]}
`,
		"json": `[
{"path":"a.jpg","label":"ants","probability":0.75,"guess":"ants","top":[{"label":"ants","probability":0.75},{"label":"be,es","probability":0.125}]},
{"path":"` + "\uefff" + `.jpg","label":"unsure","probability":0.4375,"guess":"c\td","top":[{"label":"c\td","probability":0.4375},{"label":"be,es","probability":0.3125}]}
]
`,
	} {
		sure, unsure := r.Predict("a.jpg", labels, []float64{0.75, 0.125, 0.125}), r.Predict("\xff.jpg", labels, []float64{0.25, 0.3125, 0.4375})
		if got := written(t, format, r, sure, unsure); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", format, got, want)
		}
	}
	for format, want := range map[string]string{"csv": "path,label,probability\n", "tsv": "path\tlabel\tprobability\n", "jsonl": "", "json": "[]\n"} {
		if got := written(t, format, Rule{}); got != want {
			t.Errorf("%s of nothing: %q, want %q", format, got, want)
		}
	}
}

// written is what a format makes of predictions.
func written(t *testing.T, format string, r Rule, list ...*Prediction) string {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(format, &b, r.Columns())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestTooFewGuesses: a table cannot have a column without a value.
func TestTooFewGuesses(t *testing.T) {
	for _, format := range []string{"csv", "parquet"} {
		w, err := NewWriter(format, new(bytes.Buffer), Columns{Top: 3})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&Prediction{Path: "a.jpg", Top: []Score{{"ants", 1}}}); err == nil {
			t.Errorf("%s: no error", format)
		}
	}
}

// TestParquet writes more rows than a row group holds and reads them back.
func TestParquet(t *testing.T) {
	var file bytes.Buffer
	w, err := NewWriter("parquet", &file, Columns{Top: 2, Guess: true})
	if err != nil {
		t.Fatal(err)
	}
	const n = rowGroup + 3
	for i := range n {
		p := float64(i) / n
		row := &Prediction{Path: fmt.Sprintf("\xff%d.jpg", i), Label: "unsure", Probability: p, Guess: "ants", Top: []Score{{"ants", p}, {"bees", 1 - p}}}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	table, err := pqarrow.ReadTable(t.Context(), bytes.NewReader(file.Bytes()), nil, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	const want = "path utf8, label utf8, probability float64, guess utf8, label2 utf8, probability2 float64, "
	got := ""
	for _, f := range table.Schema().Fields() {
		got += fmt.Sprintf("%s %s, ", f.Name, f.Type)
	}
	if got != want || table.NumRows() != n {
		t.Fatalf("%d rows of %s; want %d of %s", table.NumRows(), got, n, want)
	}
	last := table.Column(0).Data().Chunks()[len(table.Column(0).Data().Chunks())-1].(*array.String)
	if got, want := last.Value(last.Len()-1), fmt.Sprintf("\uefff%d.jpg", n-1); got != want {
		t.Errorf("the last path is %q, want %q", got, want)
	}
}
