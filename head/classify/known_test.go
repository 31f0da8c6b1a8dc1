package classify

import (
	"errors"
	"math"
	"testing"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// shares is a Classifier without a session, whose probabilities are the shares of
// two features.
func shares(o Options) *Classifier {
	return &Classifier{options: o, model: &Model{Labels: []string{"red", "green"}, predict: func(row []float32, p []float64) {
		for i, v := range row {
			p[i] = float64(v) / float64(row[0]+row[1])
		}
	}}}
}

// TestNotFiniteIsNoPrediction: neither features nor probabilities that are not
// finite give a label.
func TestNotFiniteIsNoPrediction(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, row := range [][]float32{{nan, 1}, {1, nan}, {inf, 1}, {1, -inf}, {0, 0}, {1, -1}} {
		p := shares(Options{}).prediction(extractor.Outcome{Key: pixels.Key{7}, Info: pixels.Info{Width: 3, Height: 2}}, row)
		var not *extractor.NotFiniteError
		if !errors.As(p.Err, &not) || p.Label != "" || p.Probability != 0 || p.P != nil || p.Key != (pixels.Key{7}) || p.Width != 3 {
			t.Errorf("%v: %+v", row, p)
		}
	}
	if p := shares(Options{}).prediction(extractor.Outcome{}, []float32{1, 3}); p.Err != nil || p.Label != "green" || p.Probability != 0.75 {
		t.Errorf("%+v", p)
	}
}

// fixed knows one photograph.
type fixed struct{ fail error }

func (fixed) Has(k pixels.Key, view int) bool { return k == pixels.Key{1} && view == 0 }

func (f fixed) Row(_ pixels.Key, _ int, dst []float32) error {
	copy(dst, []float32{3, 1})
	return f.fail
}

// TestKnownFeaturesAreTaken: as if they had been computed.
func TestKnownFeaturesAreTaken(t *testing.T) {
	gone := errors.New("gone")
	asked := 0
	recall := func(known Known) Recall {
		return func(*trunk.File, trunk.Identity, trunk.Device) Known { asked++; return known }
	}
	c := shares(Options{Recall: recall(fixed{})})
	c.recall(nil, trunk.Identity{}, trunk.Device{})
	s := c.store()
	if _, ok := s.Lookup(dataset.Sample{}); ok || !s.Has(pixels.Key{1}, 0) || s.Has(pixels.Key{2}, 0) {
		t.Error("what is known is known by content alone")
	}
	if p := c.all(extractor.Outcome{Key: pixels.Key{1}, Cached: true}, nil, 2); p.Label != "red" || p.Probability != 0.75 || p.Err != nil {
		t.Errorf("known: %+v", p)
	}
	computed := []extractor.Features{{Rows: [][]float32{{1, 3}}}}
	if p := c.all(extractor.Outcome{Key: pixels.Key{2}}, computed, 2); p.Label != "green" || p.Probability != 0.75 {
		t.Errorf("computed: %+v", p)
	}
	if p := c.all(extractor.Outcome{Err: gone}, nil, 2); p.Err != gone || p.P != nil {
		t.Errorf("not read: %+v", p)
	}
	c.known = fixed{gone}
	if p := c.all(extractor.Outcome{Key: pixels.Key{1}}, nil, 2); p.Err != gone || p.P != nil {
		t.Errorf("damaged meanwhile: %+v", p)
	}
	c = shares(Options{Recall: recall(fixed{}), Limits: pixels.Limits{Pixels: 10}})
	if c.recall(nil, trunk.Identity{}, trunk.Device{}); c.store() != nil || asked != 1 {
		t.Error("a limit that was set does not count")
	}
	c = shares(Options{Recall: recall(nil)})
	if c.recall(nil, trunk.Identity{}, trunk.Device{}); c.store() != nil {
		t.Error("nothing is known")
	}
	c = shares(Options{})
	if c.recall(nil, trunk.Identity{}, trunk.Device{}); c.store() != nil {
		t.Error("nobody was asked")
	}
}
