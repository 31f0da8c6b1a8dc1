package show

import (
	"fmt"
	"io"
	"path/filepath"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/ingest"
)

// Cache shows what lies in a cache.
func Cache(w io.Writer, contents *ingest.Contents) {
	fmt.Fprintf(w, "%s  %s\n", contents.Path, ui.Megabytes(contents.Bytes))
	for _, p := range contents.Parts {
		fmt.Fprintf(w, "%-12s %10s\n", p.Name, ui.Megabytes(p.Bytes))
		for _, item := range p.Items {
			age := "empty"
			if !item.Modified.IsZero() {
				age = item.Modified.Format("2006-01-02 15:04")
			}
			fmt.Fprintf(w, "  %-32s %10s  %-16s  %s\n", filepath.Base(item.Path), ui.Megabytes(item.Bytes), age, item.About)
		}
	}
}
