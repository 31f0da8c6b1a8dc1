package trunk

import (
	"fmt"

	"graft/onnx/precision"
)

// A Quantization is what Quantize made, and how close it comes. It marshals to
// JSON; the names of the fields are kept stable.
type Quantization struct {
	Out            string   `json:"out"`
	SHA256         string   `json:"sha256"`
	Bytes          int      `json:"bytes"`
	BytesFP32      int      `json:"bytes_fp32"`
	Rate           float64  `json:"images_per_second"` // of the trunk alone, on the CPU, all cores
	RateFP32       float64  `json:"images_per_second_fp32"`
	Cosine         float64  `json:"cosine"`    // of the features to those in float32, mean
	CosineP1       float64  `json:"cosine_p1"` // 1st percentile of the same
	HeldOut        int      `json:"held_out"`  // photographs that was measured on
	Images         int      `json:"images"`    // photographs the ranges were measured on
	Unreadable     int      `json:"unreadable"`
	Method         string   `json:"method"`
	Tried          []Tried  `json:"tried"`
	Convolutions   int      `json:"convolutions"`
	MatrixProducts int      `json:"matrix_products"` // MatMul and Gemm with constant weights
	Smoothed       bool     `json:"smoothed"`        // normalisations and the weights after them were rescaled
	Kept           []string `json:"kept"`            // of both, left in float
	Float          []string `json:"float"`           // operators that have no integer form
}

// Tried is a setting and how close the features came with it.
type Tried struct {
	Method string  `json:"method"`
	Kept   int     `json:"kept"`
	Cosine float64 `json:"cosine"`
}

// A WorseError says that a trunk in int8 is not worth having. Nothing was
// written.
type WorseError struct {
	Rate, RateFP32    float64 // images per second
	Cosine, MinCosine float64
	Culprits          bool // keeping depthwise convolutions and squeeze-and-excitation in float was tried, too
}

// Error says what is worse.
func (e *WorseError) Error() string {
	text := fmt.Sprintf("int8 brings %.2f times the speed of fp32 (%.1f images/s against %.1f)", e.Rate/e.RateFP32, e.Rate, e.RateFP32)
	if e.Cosine < e.MinCosine {
		text += fmt.Sprintf(", and a mean cosine of %.4f to its features, where %g is wanted", e.Cosine, e.MinCosine)
	}
	if e.Culprits {
		text += "; leaving depthwise convolutions and squeeze-and-excitation in float did not help"
	}
	return text + "; nothing was written"
}

// report says what was made.
func (q *quantizer) report(trials []precision.Trial, last precision.Trial, bytes int, out string) *Quantization {
	r := &Quantization{
		Out: out, BytesFP32: bytes, Cosine: last.Mean(), CosineP1: last.Percentile1(),
		HeldOut: len(last.Cosines), Images: len(q.photos.Measured), Unreadable: len(q.photos.Failed), Method: string(last.Method),
		Convolutions: len(q.network.Convolutions()), MatrixProducts: len(q.network.Layers()) - len(q.network.Convolutions()), Smoothed: q.smoothed,
		Kept: append([]string{}, last.Keep...), Float: append([]string{}, q.network.Float()...),
	}
	for _, t := range trials {
		r.Tried = append(r.Tried, Tried{string(t.Method), len(t.Keep), t.Mean()})
	}
	return r
}
