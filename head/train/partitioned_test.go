package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"graft/extractor/extractortest"
	"graft/extractor/features"
	"graft/head"
)

// TestPartitioned trains on a store of partitions and judges it: the bytes of the head do not depend
// on how rows lie in parts, and the judgement is that of the same rows in one folder.
func TestPartitioned(t *testing.T) {
	for _, partitions := range []int{16, 256} {
		plain := extractortest.Synthetic{N: 900, D: 6, Label: extractortest.Turns(3), Split: func(i int) string {
			return []string{"train", "train", "val"}[i/3%3]
		}}.Folder(t)
		var heads [][]byte
		out := filepath.Join(t.TempDir(), "head.onnx")
		stores := []string{extractortest.Partitioned(t, plain, partitions, 100)}
		if partitions == 16 { // making many files takes long
			stores = append(stores, extractortest.Partitioned(t, plain, partitions, 7))
		}
		for _, store := range stores {
			f := fitted(t, store, out, 0)
			if f.Images != 600 || f.Data.Total != 900 || len(f.Labels) != 3 {
				t.Errorf("fitted %+v", f)
			}
			file, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			heads = append(heads, file)
		}
		if !bytes.Equal(heads[0], heads[len(heads)-1]) {
			t.Error("the same rows in other parts give another head")
		}
		a, b := evaluated(t, stores[0], out, ""), evaluated(t, plain, out, "")
		if a.Split != "val" || a.Accuracy != b.Accuracy || a.Total != 300 || math.Abs(a.LogLoss-b.LogLoss) > 1e-12 || math.Abs(*a.AUC-*b.AUC) > 1e-4 || a.Accuracy < 0.6 {
			t.Errorf("judged %+v, want %+v", a.Report, b.Report)
		}
		for i := range a.Worst[:5] {
			if a.Worst[i].Path != b.Worst[i].Path {
				t.Errorf("the worst are %v, want %v", a.Worst[:5], b.Worst[:5])
			}
		}
		info, err := features.ReadInfo(stores[0])
		if err != nil || info.Rows != 900 || len(info.Tables) != 1 || info.Tables[0].Ready != 900 || len(info.Tables[0].Labels) != 3 {
			t.Errorf("info %+v, error %v", info, err)
		}
	}
}

// TestPartitionedWithoutSplits keeps a part by the names of the files, and judges that.
func TestPartitionedWithoutSplits(t *testing.T) {
	plain := extractortest.Synthetic{N: 600, D: 6, Split: func(int) string { return "" }}.Folder(t)
	store, out := extractortest.Partitioned(t, plain, 16, 50), filepath.Join(t.TempDir(), "head.onnx")
	f := fitted(t, store, out, 0.25)
	if !f.Split || f.Images < 400 || f.Images > 500 {
		t.Errorf("fitted %+v", f)
	}
	if e := evaluated(t, store, out, ""); e.Total != 600-f.Images || e.Split != "val" {
		t.Errorf("%d were trained on and %d judged of 600", f.Images, e.Total)
	}
}

// TestPartitionedRefuses names what needs all rows at once.
func TestPartitionedRefuses(t *testing.T) {
	store := extractortest.Partitioned(t, extractortest.Synthetic{N: 60, D: 4}.Folder(t), 16, 10)
	var refused *PartitionedError
	for _, o := range []FitOptions{{Solver: head.LBFGS{}}, {Solver: head.RMSprop{RateAuto: true}}, {Solver: head.RMSprop{}, Folds: 3}} {
		o.Path = store
		if _, err := Fit(t.Context(), o, filepath.Join(t.TempDir(), "head.onnx")); !errors.As(err, &refused) {
			t.Errorf("error %v", err)
		}
	}
	if _, err := Open(t.Context(), Source{Path: store}, nil); !errors.As(err, &refused) {
		t.Errorf("error %v", err)
	}
	if _, err := openTaps(t.Context(), Source{Path: store}); !errors.As(err, &refused) {
		t.Errorf("error %v", err)
	}
	if _, err := features.OpenExisting(store, features.Options{}); !errors.Is(err, features.ErrPartitions) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Fit(ctx, FitOptions{Source: Source{Path: store}, Solver: head.RMSprop{}}, filepath.Join(t.TempDir(), "head.onnx")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func fitted(t *testing.T, path, out string, val float64) *Fitted {
	t.Helper()
	f, err := Fit(t.Context(), FitOptions{Source: Source{Path: path}, Solver: head.RMSprop{Rate: 0.03, Epochs: 2}, Val: val}, out)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func evaluated(t *testing.T, path, headFile, split string) *Evaluation {
	t.Helper()
	e, err := Evaluate(t.Context(), EvaluateOptions{Source: Source{Path: path}, Head: headFile, Split: split})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
