package main

import (
	"fmt"
	"io"
	"strings"
)

// print says what was checked, and then, a line each, what is wrong.
func (v *verification) print(w io.Writer) {
	fmt.Fprintf(w, "parts        %d with %d rows: checksums compared\n", v.Parts, v.Rows)
	fmt.Fprintf(w, "photographs  %d read again: hashes compared%s\n", v.Hashed, v.scan.notes())
	fmt.Fprintf(w, "features     %d rows computed again (--verify-seed %d): largest difference %.2g of a row's largest value\n",
		v.Recomputed, v.seed, v.MaxDifference)
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
		fmt.Fprintf(w, "different    view %d of %s: computed again, its features are others\n", id.View, v.pathOf(id.Key))
	}
}

// notes are what a new run of extract would find; they are no damage.
func (s rescan) notes() string {
	var parts []string
	for _, n := range []struct {
		n    int
		what string
	}{{s.changed, "changed"}, {s.gone, "gone"}, {s.fresh, "new"}} {
		if n.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.n, n.what))
		}
	}
	if parts == nil {
		return ""
	}
	return "; since the scan: " + strings.Join(parts, ", ")
}

func (v *verification) pathOf(key [32]byte) string {
	for _, r := range v.scan.table.Records {
		if r.Key == key {
			return r.Path
		}
	}
	return fmt.Sprintf("%x", key[:8])
}

// failure is the error that says how much is wrong, and what cures it; nil if
// nothing is. damaged is what is wrong with the samples table.
func (v *verification) failure(damaged error) error {
	n := len(v.Problems) + len(v.Changed) + len(v.Missing) + len(v.Different)
	dir := v.store.Dir()
	switch {
	case damaged != nil && n > 0:
		return withHint(fmt.Errorf("%w; other things are wrong too, %d of them", damaged, n), `"graft extract" without --verify reads the photographs again and makes a new table`)
	case damaged != nil:
		return damaged
	case n == 0:
		return nil
	case len(v.Different) > 0:
		return withHint(fmt.Errorf("features %q: %d things are wrong", dir, n), "these features were not made by this trunk as it runs here; remove %s and extract again", dir)
	case len(v.Changed) > 0:
		return withHint(fmt.Errorf("features %q: %d things are wrong", dir, n), `restore the photographs, or "touch" them if they are as you want them; then "graft extract" reads them again`)
	}
	return withHint(fmt.Errorf("features %q: %d things are wrong", dir, n), `"graft extract" without --verify computes again what is damaged or missing`)
}
