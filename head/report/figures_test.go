package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"graft/head/internal/headtest"
	"graft/head/metrics"
)

func judge(t *testing.T, p *Page) *metrics.Report {
	t.Helper()
	r, err := metrics.Judge(p.Labels, p.Y, p.P, metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestProject: points on a plane in five dimensions, long in one direction.
func TestProject(t *testing.T) {
	long, short := []float64{0.6, 0, 0.8, 0, 0}, []float64{0, 1, 0, 0, 0}
	const n = 3000
	rows := headtest.Data{D: 5, Y: make([]int, n)}
	for i := range n {
		a, b := 10*math.Sin(float64(i)), math.Cos(7*float64(i))
		for j := range 5 {
			rows.X = append(rows.X, float32(3+a*long[j]+b*short[j]))
		}
	}
	p, err := project(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.rows) != mapRows || !slices.IsSorted(p.rows) {
		t.Fatalf("%d rows are placed, want %d, ascending", len(p.rows), mapRows)
	}
	if s := p.explained[0] + p.explained[1]; math.Abs(s-1) > 1e-9 || p.explained[0] < 0.98 {
		t.Errorf("the components explain %v", p.explained)
	}
	for k := 1; k < len(p.rows); k++ {
		i, j := p.rows[k-1], p.rows[k]
		wantX := 10 * (math.Sin(float64(j)) - math.Sin(float64(i)))
		wantY := math.Cos(7*float64(j)) - math.Cos(7*float64(i))
		// The sample is finite, so its directions are turned a little against the true ones.
		if dx, dy := p.x[k]-p.x[k-1], p.y[k]-p.y[k-1]; math.Abs(dx-wantX) > 0.2 || math.Abs(dy-wantY) > 0.2 {
			t.Fatalf("rows %d and %d are %v, %v apart, want %v, %v", i, j, dx, dy, wantX, wantY)
		}
	}
}

func TestProjectOfTooLittle(t *testing.T) {
	for name, rows := range map[string]headtest.Data{
		"two rows":    {X: make([]float32, 8), D: 4, Y: make([]int, 2)},
		"one feature": {X: make([]float32, 8), D: 1, Y: make([]int, 8)},
		"all equal":   {X: make([]float32, 40), D: 4, Y: make([]int, 10)},
	} {
		if p, err := project(t.Context(), rows); p != nil || err != nil {
			t.Errorf("%s: got %v, %v", name, p, err)
		}
	}
}

func TestOrdering(t *testing.T) {
	p := &Page{Labels: []string{"a", "b", "c"}, Names: make([]string, 6), Y: []int{0, 0, 0, 1, 2, 0}, P: []float64{
		.5, .3, .2, // right, least certain
		.1, .8, .1, // a taken for b
		.2, .7, .1, // a taken for b, less sure
		.9, .05, .05, // b taken for a
		.1, .1, .8, // right
		.6, .2, .2, // right
	}}
	o := newOrdering(p, p.predicted())
	if want := []int{3, 1, 2}; !slices.Equal(o.worst, want) {
		t.Errorf("the worst are %v, want %v", o.worst, want)
	}
	if want := []int{0, 5, 4}; !slices.Equal(o.unsure, want) {
		t.Errorf("the least certain are %v, want %v", o.unsure, want)
	}
	var cells []string
	for _, c := range o.cells {
		cells = append(cells, cellID(c.true, c.predicted))
	}
	if want := "c0-1 c1-0 c0-0 c2-2"; strings.Join(cells, " ") != want {
		t.Errorf("the cells are %v, want %v", cells, want)
	}
	if want := []int{3, 1}; !slices.Equal(o.choose(2), want) {
		t.Errorf("two images: %v, want %v", o.choose(2), want)
	}
	if got := len(o.choose(100)); got != 6 {
		t.Errorf("%d of 6 images are chosen", got)
	}
}

func TestWarnings(t *testing.T) {
	fair := func() *Page { return examplePage(200, 4) }
	for _, c := range []struct {
		want  string
		spoil func(*Page)
	}{
		{"", func(*Page) {}},
		{"trunk is untrained", func(p *Page) { p.Untrained = true }},
		{"trained on 3 of these 200", func(p *Page) { p.Leaked = 3 }},
		{"trained on all", func(p *Page) { p.Leaked = 200 }},
		{"the caller's", func(p *Page) { p.Warnings = []string{"the caller's"} }},
		{"unbalanced: 20 of class 00, 5 of class 02", func(p *Page) { p.Record.Counts[2].Rows = 5 }},
		{"without an image here, of which nothing is known: class 03", func(p *Page) { relabel(p, 3, 0) }},
		{"never predicted: class 03", func(p *Page) { predictAs(p, 3, 0) }},
		{"may have learnt nothing", func(p *Page) { predictAs(predictAs(predictAs(p, 1, 0), 2, 0), 3, 0) }},
		{"overconfident", func(p *Page) { sharpen(p, 1) }},
		{"too modest", func(p *Page) { sharpen(p, 0.31) }},
	} {
		p := fair()
		sharpen(p, 0.8) // about as often right
		c.spoil(p)
		list := p.warnings(judge(t, p))
		if got := strings.Join(list, "\n"); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func relabel(p *Page, from, to int) {
	for i, y := range p.Y {
		if y == from {
			p.Y[i] = to
		}
	}
}

// predictAs turns all predictions of a class into those of another.
func predictAs(p *Page, from, to int) *Page {
	for i, k := range p.predicted() {
		if row := p.row(i); k == from {
			row[from], row[to] = row[to], row[from]
		}
	}
	return p
}

// sharpen gives every prediction the probability v.
func sharpen(p *Page, v float64) {
	c := len(p.Labels)
	for i, k := range p.predicted() {
		for j := range p.row(i) {
			p.row(i)[j] = (1 - v) / float64(c-1)
		}
		p.row(i)[k] = v
	}
}

func TestAxes(t *testing.T) {
	for _, c := range []struct {
		values    []float64
		low, high float64
		ticks     string
	}{
		{[]float64{0.61, 1.22}, 0.6, 1.4, "0.6 0.8 1 1.2 1.4"},
		{[]float64{-3, 4}, -4, 4, "-4 -2 0 2 4"},
		{[]float64{5, 5}, 4.4, 5.6, ""},
		{[]float64{math.NaN(), math.Inf(1)}, 0, 1, "0 0.2 0.4 0.6 0.8 1"},
		{nil, 0, 1, ""},
	} {
		a := around("", c.values)
		var ticks []string
		for _, v := range a.ticks() {
			ticks = append(ticks, a.label(v))
		}
		if c.ticks != "" && (math.Abs(a.low-c.low)+math.Abs(a.high-c.high) > 1e-9 || strings.Join(ticks, " ") != c.ticks) {
			t.Errorf("%v: from %v to %v with %v", c.values, a.low, a.high, ticks)
		}
		for _, v := range c.values {
			if v < a.low || v > a.high && !math.IsInf(v, 0) {
				t.Errorf("%v is not on the axis %v to %v", v, a.low, a.high)
			}
		}
	}
}
