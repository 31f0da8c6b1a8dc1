package head

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
)

// ClassWeights are the weights of the classes in the loss. The zero value gives all the same. In
// JSON they are "none", "auto" or an object of weights by label.
type ClassWeights struct {
	// Auto gives class c the weight n/(C·n_c), so that all classes count the same, however
	// many rows they have (scikit-learn's "balanced").
	Auto bool
	// Given is weights by label, finite and > 0; the classes it does not name have weight 1.
	Given map[string]float64
}

// MarshalJSON writes "none", "auto" or the given weights.
func (w ClassWeights) MarshalJSON() ([]byte, error) {
	switch {
	case w.Auto:
		return json.Marshal("auto")
	case w.Given != nil:
		return json.Marshal(w.Given)
	}
	return json.Marshal("none")
}

// UnmarshalJSON reads what MarshalJSON writes.
func (w *ClassWeights) UnmarshalJSON(b []byte) error {
	*w = ClassWeights{}
	var word string
	if json.Unmarshal(b, &word) != nil {
		return json.Unmarshal(b, &w.Given)
	}
	if word != "none" && word != "auto" {
		return fmt.Errorf(`class weights %q: want "none", "auto" or weights by label`, word)
	}
	w.Auto = word == "auto"
	return nil
}

// weights is one weight per label, nil if all are the same.
func (w ClassWeights) weights(labels []string, counts []int) ([]float64, error) {
	switch {
	case w.Auto && w.Given != nil:
		return nil, fmt.Errorf("class weights: either auto or given, not both")
	case w.Auto:
		return balanced(counts), nil
	case w.Given == nil:
		return nil, nil
	}
	if err := w.checkGiven(labels); err != nil {
		return nil, err
	}
	weights := make([]float64, len(labels))
	for c, name := range labels {
		weights[c] = 1
		if v, ok := w.Given[name]; ok {
			weights[c] = v
		}
	}
	return weights, nil
}

// balanced is n/(C·n_c) for every class c.
func balanced(counts []int) []float64 {
	n := 0
	for _, k := range counts {
		n += k
	}
	weights := make([]float64, len(counts))
	for c, k := range counts {
		weights[c] = float64(n) / float64(len(counts)*max(k, 1))
	}
	return weights
}

// checkGiven reports given weights that are out of range, or of classes that are not there.
func (w ClassWeights) checkGiven(labels []string) error {
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(w.Given)) {
		if !slices.Contains(labels, name) {
			unknown = append(unknown, name)
		}
		if v := w.Given[name]; !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("class weights: %q has the weight %v; a weight is finite and above 0", name, v)
		}
	}
	if unknown != nil {
		return fmt.Errorf("class weights: no class %s; there are %s", quoted(unknown), quoted(labels))
	}
	return nil
}
