package show

import (
	"fmt"
	"io"
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
	fmt.Fprintf(w, "int8         %d of %d convolutions\n", r.Convolutions-len(r.Kept), r.Convolutions)
	for _, name := range r.Kept {
		fmt.Fprintf(w, "float        convolution %q, which adds most noise\n", name)
	}
	for _, name := range r.Float {
		fmt.Fprintf(w, "float        %s has no integer form\n", name)
	}
}
