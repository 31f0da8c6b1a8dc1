package audit

import (
	"math/rand/v2"
	"testing"

	"graft/head/internal/headtest"
)

// mislabelled makes rows of classes that lie apart, and gives some of them
// another label.
func mislabelled(n, d, classes int, wrong map[int]bool) headtest.Data {
	r := rand.New(rand.NewPCG(4, 2))
	rows := headtest.Data{D: d, X: make([]float32, n*d), Y: make([]int, n)}
	for i := range n {
		class := i % classes
		for j := range d {
			rows.X[i*d+j] = float32(r.NormFloat64())
		}
		rows.X[i*d+class] += 9
		rows.Y[i] = class
		if wrong[i] {
			rows.Y[i] = (class + 1) % classes
		}
	}
	return rows
}

func TestSuspectsFindsWrongLabels(t *testing.T) {
	wrong := map[int]bool{3: true, 40: true, 77: true, 120: true, 155: true, 198: true}
	rows := mislabelled(240, 60, 3, wrong)
	images := make([]Image, rows.Len())
	for i := range images {
		images[i] = Image{Key: [32]byte{byte(i)}, Label: "abc"[rows.Y[i] : rows.Y[i]+1]}
	}
	j, err := Suspects(t.Context(), rows, []string{"a", "b", "c"}, images, 0)
	if err != nil {
		t.Fatal(err)
	}
	if j.Images != 240 || j.Accuracy < 0.9 {
		t.Errorf("%d images judged, accuracy %v", j.Images, j.Accuracy)
	}
	for k, s := range j.Suspects {
		i := int(s.Key[0])
		if want := "abc"[i%3 : i%3+1]; !wrong[i] || s.Suggested != want {
			t.Errorf("row %d is labelled %s; it is suspected of being %s, and is %s", i, s.Label, s.Suggested, want)
		}
		if k > 0 && s.Given < j.Suspects[k-1].Given {
			t.Errorf("suspect %d is likelier than the one before it", k)
		}
	}
	// Confident learning estimates how many there are, and errs on the low side.
	if len(j.Suspects) < 4 {
		t.Errorf("found %d of %d wrong labels", len(j.Suspects), len(wrong))
	}
}

func TestSuspectsRefuses(t *testing.T) {
	rows := mislabelled(4, 3, 2, nil)
	if _, err := Suspects(t.Context(), rows, []string{"a", "b"}, nil, 0); err == nil {
		t.Error("no images: no error")
	}
	rows.Y = []int{0, 0, 0, 1}
	if _, err := Suspects(t.Context(), rows, []string{"a", "b"}, make([]Image, 4), 0); err == nil {
		t.Error("a class of one: no error")
	}
}

func BenchmarkSuspects10000x2048(b *testing.B) {
	rows := mislabelled(10000, 2048, 10, map[int]bool{1: true, 50: true})
	images := make([]Image, rows.Len())
	labels := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}
	for b.Loop() {
		if _, err := Suspects(b.Context(), rows, labels, images, 0); err != nil {
			b.Fatal(err)
		}
	}
}
