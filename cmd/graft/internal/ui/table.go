package ui

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Table writes columns: the first to the left, the others to the right.
func Table(w io.Writer, table [][]string) {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range table {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("  " + pad + cell)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// Megabytes writes a size for people.
func Megabytes(bytes int64) string {
	if bytes >= 10e9 {
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}

// Trained says in a word whether a trunk's weights have been trained.
func Trained(trained bool) string {
	if trained {
		return "trained"
	}
	return "untrained"
}
