package show

import (
	"fmt"
	"io"
	"strings"

	"graft/extractor/features"
)

// Features shows what a folder of features holds.
func Features(w io.Writer, info features.Info) {
	t := info.Meta.Trunk
	trained := ""
	if !t.Trained {
		trained = ", untrained"
	}
	fmt.Fprintf(w, "trunk      %s%s, SHA-256 %.16s…, %s, %d features\n", t.Name, trained, t.SHA256, t.Tap, t.Dim)
	fmt.Fprintf(w, "transform  %s\n", info.Meta.Transform.JSON())
	fmt.Fprintf(w, "rows       %d in %d parts%s, %.1f MB%s\n", info.Rows, info.Parts, partitions(info.Partitions), float64(info.Bytes)/1e6, kind(info.Meta.Rows))
	for _, v := range info.Views {
		if v.View > 0 {
			fmt.Fprintf(w, "view %-5d %d rows\n", v.View, v.N)
		}
	}
	for _, p := range info.Problems[:min(len(info.Problems), MaxLost)] {
		fmt.Fprintf(w, "damaged    %v\n", p)
	}
	for _, t := range info.Tables {
		fmt.Fprintf(w, "dataset    %s: %d images, %d with features, %d unreadable; scanned %s\n",
			t.Root, t.Samples, t.Ready, t.Errors, t.Scanned.Format("2006-01-02 15:04"))
		fmt.Fprintf(w, "  splits   %s\n", countsLine(t.Splits))
		fmt.Fprintf(w, "  labels   %s\n", countsLine(t.Labels))
		for i, path := range t.Lost {
			if i == MaxLost {
				fmt.Fprintf(w, "  lost     and %d more\n", len(t.Lost)-i)
				break
			}
			fmt.Fprintf(w, "  lost     %s: its features are damaged, not finite or gone\n", path)
		}
	}
}

// MaxLost is how many images are listed that have lost their features; --json
// has all.
const MaxLost = 20

// countsLine lists names with their numbers, the first twenty.
func countsLine(counts []features.Count) string {
	var parts []string
	for i, c := range counts {
		if i == 20 {
			parts = append(parts, fmt.Sprintf("and %d more", len(counts)-i))
			break
		}
		name := c.Name
		if name == "" {
			name = "(none)"
		}
		parts = append(parts, fmt.Sprintf("%s %d", name, c.N))
	}
	return strings.Join(parts, ", ")
}

// partitions says in how many partitions parts lie, "" if it is one folder.
func partitions(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" of %d partitions", n)
}

// kind says of which type values are, "" for float32.
func kind(rows string) string {
	if rows == "" {
		return ""
	}
	return ", " + rows
}
