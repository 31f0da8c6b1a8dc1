package head

import (
	"fmt"
	"slices"

	"graft/head/internal/kernel"
)

// Predictor gives the probabilities of classes for rows of features. [Head] and [Neighbours] are
// predictors.
type Predictor interface {
	// Classes are the labels, in the order of the columns of Predict.
	Classes() []string
	// Width is d, the number of features per row.
	Width() int
	// Predict turns x, n×d, into p, n×C, each row of which sums to 1. It panics if len(x) is
	// not a multiple of d or len(p) is not n·C. It is safe for concurrent use.
	Predict(x []float32, p []float64)
}

// Head is a linear classifier: logits = x·Wᵀ + b, probabilities = softmax(logits).
type Head struct {
	Labels []string
	Dim    int       // d
	W      []float32 // C×d weights, one class per row
	B      []float32 // C biases
	// Temperature is what W and B were divided by to calibrate the probabilities; 0 if they
	// were not. It is informative: W and B are used as they are.
	Temperature float64
}

// Classes are the labels, one per row of W.
func (h *Head) Classes() []string { return h.Labels }

// Width is the number of features per row.
func (h *Head) Width() int { return h.Dim }

// Clone is a copy that shares nothing with h.
func (h *Head) Clone() *Head {
	c := *h
	c.Labels, c.W, c.B = slices.Clone(h.Labels), slices.Clone(h.W), slices.Clone(h.B)
	return &c
}

// Check reports a head whose parts do not fit together or whose values are not all finite.
func (h *Head) Check() error {
	c := len(h.Labels)
	switch {
	case c < 2:
		return fmt.Errorf("head: %d labels; there must be two or more", c)
	case h.Dim <= 0:
		return fmt.Errorf("head: rows of %d features", h.Dim)
	case len(h.W) != c*h.Dim:
		return fmt.Errorf("head: %d weights for %d classes and %d features", len(h.W), c, h.Dim)
	case len(h.B) != c:
		return fmt.Errorf("head: %d biases for %d classes", len(h.B), c)
	}
	if i := notFinite(h.W); i >= 0 {
		return fmt.Errorf("head: weight %d of class %q is %v", i%h.Dim, h.Labels[i/h.Dim], h.W[i])
	}
	if i := notFinite(h.B); i >= 0 {
		return fmt.Errorf("head: the bias of class %q is %v", h.Labels[i], h.B[i])
	}
	return nil
}

// Logits turns x, n×d, into z, n×C. It panics if the lengths do not fit.
func (h *Head) Logits(x, z []float32) {
	c := len(h.Labels)
	rowsOf(len(x), h.Dim, len(z), c)
	for row := range slices.Chunk(z, c) {
		copy(row, h.B)
	}
	addProduct(z, c, x, h.W, h.Dim)
}

// Predict turns x, n×d, into probabilities p, n×C. It panics if the lengths do not fit.
func (h *Head) Predict(x []float32, p []float64) {
	c := len(h.Labels)
	rowsOf(len(x), h.Dim, len(p), c)
	z := make([]float32, len(p))
	h.Logits(x, z)
	for i, v := range z {
		p[i] = float64(v)
	}
	for row := range slices.Chunk(p, c) {
		softmax(row)
	}
}

// rowsOf is the n of x (n×d, nx values) and out (n×c, no values).
func rowsOf(nx, d, no, c int) int {
	n := nx / d
	if n*d != nx || no != n*c {
		panic(fmt.Sprintf("head: %d features and %d outputs for rows of %d and %d", nx, no, d, c))
	}
	return n
}

// softmax turns logits into probabilities, in place. The largest logit is subtracted first, so
// that nothing overflows.
func softmax(z []float64) {
	top := slices.Max(z)
	var sum float64
	kernel.Exp(z, top, z)
	for _, v := range z {
		sum += v
	}
	for i := range z {
		z[i] /= sum
	}
}
