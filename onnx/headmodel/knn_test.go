package headmodel

import (
	"bytes"
	"cmp"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"graft/onnx"
)

// someKNN is a head over synthetic training images.
func someKNN(n, d int) KNN {
	k := KNN{Labels: []string{"x", "y", "z"}, Dim: d, Rows: someFeatures(n, d), K: min(5, n), Temperature: 0.07,
		Properties: map[string]string{onnx.KeyTap: "mixed"}}
	for i := range n {
		k.Classes = append(k.Classes, i%3)
		row := k.Rows[i*d : (i+1)*d]
		var square float64
		for _, v := range row {
			square += float64(v) * float64(v)
		}
		for j := range row {
			row[j] = float32(float64(row[j]) / math.Sqrt(square))
		}
	}
	return k
}

// predict is the definition, in float64.
func (k KNN) predict(x []float32) (p []float64) {
	for i := 0; i < len(x); i += k.Dim {
		var square float64
		for _, v := range x[i : i+k.Dim] {
			square += float64(v) * float64(v)
		}
		cosines, places := make([]float64, len(k.Classes)), make([]int, len(k.Classes))
		for r := range cosines {
			places[r] = r
			for j := range k.Dim {
				cosines[r] += float64(x[i+j]) * float64(k.Rows[r*k.Dim+j]) / max(math.Sqrt(square), 1e-12)
			}
		}
		slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(cosines[b], cosines[a]) })
		best := make([]float64, k.K)
		for r := range best {
			best[r] = cosines[places[r]]
		}
		votes := make([]float64, len(k.Labels))
		for r, w := range softmax(best, k.Temperature) {
			votes[k.Classes[places[r]]] += w
		}
		p = append(p, votes...)
	}
	return p
}

func TestKNNRoundTrip(t *testing.T) {
	want := someKNN(11, 6)
	m, file := encoded(t, want)
	h, err := ReadHead(m)
	if err != nil || !reflect.DeepEqual(h, want) {
		t.Errorf("%+v, %v", h, err)
	}
	if _, again := encoded(t, h); !bytes.Equal(again, file) {
		t.Error("the same head has other bytes")
	}
	if _, err := readLinear(m); err == nil || !strings.Contains(err.Error(), "not a linear head") {
		t.Errorf("read as linear: %v", err)
	}
	x, err := onnx.Inspect(file)
	if err != nil || x.Cost.MultiplyAdds == nil {
		t.Fatalf("%+v, %v", x, err)
	}
	// length, cosines and votes: 6·1 + 6·11 + 5·3
	if *x.Cost.MultiplyAdds != 6+66+15 {
		t.Errorf("%d multiply-adds", *x.Cost.MultiplyAdds)
	}
}

func TestKNNErrors(t *testing.T) {
	for want, change := range map[string]func(k *KNN){
		"0 neighbours of 11":  func(k *KNN) { k.K = 0 },
		"12 neighbours of 11": func(k *KNN) { k.K = 12 },
		"temperature 0":       func(k *KNN) { k.Temperature = 0 },
		"temperature NaN":     func(k *KNN) { k.Temperature = math.NaN() },
		"class 3 of 3":        func(k *KNN) { k.Classes[2] = 3 },
		"must have length 1":  func(k *KNN) { k.Rows[3] = 2 },
		"values for 10 image": func(k *KNN) { k.Classes = k.Classes[:10] },
	} {
		k := someKNN(11, 6)
		change(&k)
		if _, err := k.Model(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	m, _ := encoded(t, someKNN(11, 6))
	m.SetProperty(keyKNN, "")
	if _, err := ReadHead(m); err == nil {
		t.Error("read without its settings")
	}
}
