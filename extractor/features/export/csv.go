package export

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"

	"graft/extractor/dataset"
	"graft/extractor/features"
)

// csv writes the columns, the last of which are the first d features.
func (t table) csv(ctx context.Context, w io.Writer, d int) error {
	out := csv.NewWriter(w)
	line := []string{"path", "label", "split", "key", "view"}
	for k := range d {
		line = append(line, "f"+strconv.Itoa(k))
	}
	if err := out.Write(line); err != nil {
		return err
	}
	err := t.each(ctx, func(r *features.Record, view int, x []float32) error {
		line = append(line[:0], dataset.Escape(r.Path), dataset.Label(r.Label), dataset.Escape(r.Split), r.Key.String(), strconv.Itoa(view))
		for _, v := range x[:d] {
			line = append(line, strconv.FormatFloat(float64(v), 'g', -1, 32))
		}
		return out.Write(line)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}
