package show

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"graft/extractor/trunk"
)

// Quantization shows how a trunk was quantized, and how close it comes.
func Quantization(w io.Writer, r *trunk.Quantization) {
	fmt.Fprintf(w, "wrote        %s, SHA-256 %.16s…\n", r.Out, r.SHA256)
	fmt.Fprintf(w, "size         %.1f MB, fp32 %.1f MB\n", float64(r.Bytes)/1e6, float64(r.BytesFP32)/1e6)
	fmt.Fprintf(w, "speed        %.1f images/s, fp32 %.1f: %.2f times (trunk alone, cpu)\n", r.Rate, r.RateFP32, r.Rate/r.RateFP32)
	fmt.Fprintf(w, "cosine       %.5f mean, %.5f at the 1st percentile of %d photographs held out\n", r.Cosine, r.CosineP1, r.HeldOut)
	var tried []string
	for _, t := range r.Tried {
		text := fmt.Sprintf("%s %.5f", t.Method, t.Cosine)
		if t.Kept > 0 {
			text += fmt.Sprintf(" with %d kept in float", t.Kept)
		}
		tried = append(tried, text)
	}
	fmt.Fprintf(w, "ranges       by %s, from %d photographs; tried: %s\n", r.Method, r.Images, strings.Join(tried, ", "))
	layers := fmt.Sprintf("%d of %d convolutions", r.Convolutions-len(r.Kept), r.Convolutions)
	if r.MatrixProducts > 0 {
		layers = fmt.Sprintf("%d of %d convolutions and matrix products", r.Convolutions+r.MatrixProducts-len(r.Kept), r.Convolutions+r.MatrixProducts)
	}
	if r.Smoothed {
		layers += "; channels smoothed"
	}
	fmt.Fprintf(w, "int8         %s\n", layers)
	for _, name := range r.Kept {
		fmt.Fprintf(w, "float        %q, which adds noise or costs speed\n", name)
	}
	if len(r.Float) > 0 {
		fmt.Fprintf(w, "float        without an integer form: %s\n", Counted(r.Float))
	}
}

// Counted lists operators, each with how many of it there are, of texts that
// begin with the operator.
func Counted(list []string) string {
	counts := map[string]int{}
	for _, text := range list {
		op, _, _ := strings.Cut(text, " ")
		counts[op]++
	}
	var parts []string
	for _, op := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", op, counts[op]))
	}
	return strings.Join(parts, ", ")
}
