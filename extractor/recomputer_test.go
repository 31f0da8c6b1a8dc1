package extractor

import (
	"fmt"
	"slices"
	"testing"
)

// TestRecomputedRowsAreTheSame compares single rows with those of a run, image by
// image and in batches, of the crop and of a view.
func TestRecomputedRowsAreTheSame(t *testing.T) {
	d := folder(t, 5)
	for _, batch := range []int{1, 4} {
		trunk := &meanTrunk{workers: 2, batch: batch}
		e := newExtractor(trunk)
		e.Views, e.Seed = 1, 3
		again, err := e.Recomputer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = e.Each(t.Context(), d, func(i int, o Outcome, computed []Features) error {
			file, err := d.Read(d.Samples[i], nil)
			if err != nil {
				return err
			}
			for _, f := range computed {
				rows := [][]float32{make([]float32, 3), nil}
				if err := again.Row(t.Context(), file, o.Key, f.View, rows...); err != nil {
					return err
				}
				if !slices.Equal(rows[0], f.Rows[0]) {
					return fmt.Errorf("sample %d, view %d: %v again, %v in the run", i, f.View, rows[0], f.Rows[0])
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("batches of %d: %v", batch, err)
		}
		if err := again.Close(); err != nil || trunk.opened.Load() != 2 || trunk.closed.Load() != 2 {
			t.Errorf("opened %d times and closed %d times, want 2, by the run and by the recomputer (%v)", trunk.opened.Load(), trunk.closed.Load(), err)
		}
	}
}
