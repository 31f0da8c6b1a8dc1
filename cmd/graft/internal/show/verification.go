package show

import (
	"fmt"
	"io"
	"strings"

	"graft/extractor/ingest"
)

// Verification says what was checked, and then, a line each, what is wrong.
func Verification(w io.Writer, v *ingest.Verification) {
	fmt.Fprintf(w, "parts        %d with %d rows: checksums compared\n", v.Parts, v.Rows)
	fmt.Fprintf(w, "photographs  %d read again: hashes compared%s\n", v.Hashed, sinceScan(v))
	fmt.Fprintf(w, "features     %d rows computed again (--verify-seed %d): largest difference %.2g of a row's largest value\n",
		v.Recomputed, v.Seed, v.MaxDifference)
	for _, p := range v.Problems {
		fmt.Fprintf(w, "damaged      %v\n", p)
	}
	for _, r := range v.Changed {
		fmt.Fprintf(w, "changed      %s: its content is not what it was, or cannot be read; its size and time are the same\n", r.Path)
	}
	for _, r := range v.Missing {
		fmt.Fprintf(w, "missing      %s: it has no features\n", r.Path)
	}
	for _, id := range v.Different {
		fmt.Fprintf(w, "different    view %d of %s: computed again, its features are others\n", id.View, v.PathOf(id.Key))
	}
}

// sinceScan is what a new run of extract would find; it is no damage.
func sinceScan(v *ingest.Verification) string {
	var parts []string
	for _, n := range []struct {
		n    int
		what string
	}{{v.Modified, "changed"}, {v.Gone, "gone"}, {v.New, "new"}} {
		if n.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.n, n.what))
		}
	}
	if parts == nil {
		return ""
	}
	return "; since the scan: " + strings.Join(parts, ", ")
}
