package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"

	"graft/head"
	"graft/head/internal/headtest"
)

// examplePage is a page of n synthetic images of c classes, about four in five of
// which are recognised, with features of 16 numbers that tell classes apart.
func examplePage(n, c int) *Page {
	r := rand.New(rand.NewPCG(1, uint64(c)))
	p := &Page{Title: "example", Facts: []Fact{{"Data", "synthetic"}}, Thumbnails: dots{}}
	rows := headtest.Data{D: 16}
	for k := range c {
		p.Labels = append(p.Labels, fmt.Sprintf("class %02d", k))
	}
	for i := range n {
		y := i % c
		p.Y, p.Names = append(p.Y, y), append(p.Names, fmt.Sprintf("val/%s/photo %04d.jpg", p.Labels[y], i))
		said := y
		if r.IntN(5) == 0 {
			said = r.IntN(c)
		}
		p.P = append(p.P, around1(r, c, said)...)
		for j := range rows.D {
			rows.X = append(rows.X, float32(r.NormFloat64()+3*float64((y>>(j%4))&1)))
		}
	}
	rows.Y = p.Y
	p.Features, p.Record = rows, exampleRecord(p.Labels)
	return p
}

// around1 is a distribution over c classes with its peak at k.
func around1(r *rand.Rand, c, k int) []float64 {
	row, sum := make([]float64, c), 0.0
	for j := range row {
		row[j] = r.Float64() / float64(c)
		if j == k {
			row[j] = 0.5 + 2*r.Float64()
		}
		sum += row[j]
	}
	for j := range row {
		row[j] /= sum
	}
	return row
}

func exampleRecord(labels []string) *head.Record {
	r := &head.Record{Solver: "rmsprop", RMSprop: &head.RMSprop{Rate: 0.001, Epochs: 3, Batch: 32, Seed: 7}, Rows: 20 * len(labels), Dim: 16}
	for _, l := range labels {
		r.Counts = append(r.Counts, head.ClassCount{Label: l, Rows: 20})
	}
	for e := range 3 {
		v := 1 / float64(e+1)
		r.Epochs = append(r.Epochs, head.Epoch{Epoch: e + 1, Loss: v, Accuracy: 1 - v/2, Val: &head.Score{Loss: v + 0.1, Accuracy: 0.9 - v/2}})
	}
	return r
}

// number is that of an image, by its name.
func number(path string) int {
	var i int
	fmt.Sscanf(path[strings.LastIndex(path, " ")+1:], "%d", &i)
	return i
}

// dots is thumbnails of one colour each.
type dots struct{}

func (dots) Thumbnail(path string) ([]byte, error) {
	i := number(path)
	m := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for k := range 16 * 16 {
		m.SetRGBA(k%16, k/16, color.RGBA{uint8(i * 37), uint8(i * 91), uint8(i * 13), 255})
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, nil)
	return b.Bytes(), err
}

func render(t *testing.T, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
