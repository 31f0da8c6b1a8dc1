package head

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// Predictor gives probabilities of classes for rows of features.
type Predictor interface {
	// Classes is the labels, in the order of the columns of Predict.
	Classes() []string
	// Width is d, the number of features of a row.
	Width() int
	// Predict turns x, n×d, into p, n×C: each row sums to 1. It panics if len(x) is not a
	// multiple of d or len(p) does not fit. It is safe for concurrent use.
	Predict(x []float32, p []float64)
}

// Head is a linear classifier: logits = x·Wᵀ + b, probabilities = softmax(logits).
type Head struct {
	Labels []string
	Dim    int       // d
	W      []float32 // C×d, one class a row
	B      []float32 // C
	// Temperature is what W and B have been divided by to calibrate the probabilities; 0
	// if that has not been done. It is a note: W and B are used as they are.
	Temperature float64
}

// Classes is the labels, one a row of W.
func (h *Head) Classes() []string { return h.Labels }

// Width is the number of features that a row must have.
func (h *Head) Width() int { return h.Dim }

// Clone is a copy that shares nothing with h.
func (h *Head) Clone() *Head {
	c := *h
	c.Labels, c.W, c.B = slices.Clone(h.Labels), slices.Clone(h.W), slices.Clone(h.B)
	return &c
}

// Check reports a head whose parts do not fit together or hold values that are not finite.
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
	n, c := rowsOf(len(x), h.Dim, len(z), len(h.Labels)), len(h.Labels)
	linear(x, h.W, h.B, z, n, h.Dim, c)
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

// linear is z = x·wᵀ + b for x n×d, w c×d, b c.
func linear(x, w, b, z []float32, n, d, c int) {
	for i := range n {
		copy(z[i*c:(i+1)*c], b)
	}
	product(x, w, z, n, d, c)
}

// product adds x·wᵀ to z for x n×d, w rows×d and z n×rows with stride between its rows. It
// asks gonum for blocks of 64×64 at most, which it computes serially and sums in the same
// order whatever the machine.
func product(x, w, z []float32, n, d, stride int) {
	rows := len(w) / d
	for j := 0; j < rows; j += classChunk {
		m := min(classChunk, rows-j)
		for i := 0; i < n; i += classChunk {
			k := min(classChunk, n-i)
			blas32.Implementation().Sgemm(blas.NoTrans, blas.Trans, k, m, d, 1, x[i*d:], d, w[j*d:], d, 1, z[i*stride+j:], stride)
		}
	}
}

// classChunk is the block size of gonum's products.
const classChunk = 64

// rowsOf is the n of x (n×d, nx values) and out (n×c, no values).
func rowsOf(nx, d, no, c int) int {
	n := nx / d
	if n*d != nx || no != n*c {
		panic(fmt.Sprintf("head: %d features and %d outputs for rows of %d and %d", nx, no, d, c))
	}
	return n
}

// softmax turns logits into probabilities, in place. The largest logit is taken off first,
// so nothing overflows.
func softmax(z []float64) {
	top := slices.Max(z)
	var sum float64
	for i, v := range z {
		z[i] = math.Exp(v - top)
		sum += z[i]
	}
	for i := range z {
		z[i] /= sum
	}
}
