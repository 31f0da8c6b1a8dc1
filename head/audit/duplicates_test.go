package audit

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestDuplicatesGroups(t *testing.T) {
	features, pictures := photographs(40, 200, 5)
	r := rand.New(rand.NewPCG(1, 1))
	for _, c := range [][2]int{{2, 9}, {9, 17}, {20, 31}} { // 2, 9 and 17 are a chain
		copyRow(features, r, c[0], c[1], 0.05)
		copyRow(pictures, r, c[0], c[1], 0.02)
	}
	images := make([]Image, 40)
	for i := range images {
		images[i] = Image{Path: string(rune('A' + i)), Label: "a", Split: "train", Key: [32]byte{byte(i), 1}}
	}
	copyRow(features, r, 30, 33, 0) // the same file: the same features
	images[33].Key = images[30].Key
	images[17].Split = "val"
	images[31].Label = "b"
	groups, err := Duplicates(t.Context(), images, features, pictures, Near{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range groups {
		line := ""
		for _, m := range g.Images {
			line += m.Path
		}
		if g.Exact {
			line += " exact"
		}
		if g.AcrossSplits {
			line += " leak"
		}
		if g.AcrossLabels {
			line += " two labels"
		}
		got = append(got, line)
		if g.Exact != (g.Similarity == 1) || g.Similarity < 0.9 {
			t.Errorf("%s: similarity %v", line, g.Similarity)
		}
	}
	want := []string{"CJR leak", "U` two labels", "_b exact"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDuplicatesWithoutFeatures(t *testing.T) {
	images := []Image{{Path: "a", Key: [32]byte{1}}, {Path: "b", Key: [32]byte{2}}, {Path: "c", Key: [32]byte{1}}}
	groups, err := Duplicates(t.Context(), images, nil, nil, Near{})
	if err != nil || len(groups) != 1 || !groups[0].Exact || len(groups[0].Images) != 2 {
		t.Errorf("%+v, %v", groups, err)
	}
}

func TestDuplicatesKeepsExactOnesWhenAllIsAlike(t *testing.T) {
	n := 2600
	m := matrix{64, make([]float32, n*64)}
	for i := range m.x {
		m.x[i] = float32(i / 64 % 2 * (1 + i%64) * 9)
	}
	images := make([]Image, n)
	for i := range images {
		images[i].Key = [32]byte{byte(i), byte(i >> 8)}
	}
	images[7].Key = images[8].Key
	groups, err := Duplicates(t.Context(), images, m, m, Near{Picture: -1})
	var alike *TooAlikeError
	if !errors.As(err, &alike) || len(groups) != 1 {
		t.Errorf("%d groups, error %v", len(groups), err)
	}
}

func TestCountClasses(t *testing.T) {
	var images []Image
	add := func(n int, label, split string) {
		for range n {
			images = append(images, Image{Label: label, Split: split})
		}
	}
	add(90, "ants", "train")
	add(25, "ants", "val")
	add(20, "bees", "train")
	add(10, "bees", "val")
	add(3, "wasps", "train")
	add(5, "", "train")
	c := CountClasses(images, []string{"moths"})
	if c.Ratio != 115.0/3 || !c.Imbalanced {
		t.Errorf("ratio %v, imbalanced %v", c.Ratio, c.Imbalanced)
	}
	if len(c.Sizes) != 4 || c.Sizes[0].Images != 115 || c.Sizes[0].Splits["val"] != 25 || c.Sizes[2].Label != "moths" {
		t.Errorf("sizes %+v", c.Sizes)
	}
	want := []ClassSize{
		{Label: "bees", Split: "val", Images: 10, Problem: "too few to evaluate"},
		{Label: "moths", Split: "train", Problem: "no images"},
		{Label: "moths", Split: "val", Problem: "no images"},
		{Label: "wasps", Split: "train", Images: 3, Problem: "too few to train"},
		{Label: "wasps", Split: "val", Problem: "no images"},
	}
	if !reflect.DeepEqual(c.Remarks, want) {
		t.Errorf("remarks:\n got %+v\nwant %+v", c.Remarks, want)
	}
	if c := CountClasses(images[:30], nil); len(c.Remarks) != 0 || c.Ratio != 0 || c.Imbalanced {
		t.Errorf("one class: %+v", c)
	}
}

func TestRemarks(t *testing.T) {
	fine := Picture{Width: 400, Height: 300, Luminance: 120, Sharpness: 600, Entropy: 7, Chroma: 50}
	change := func(path string, f func(*Picture)) Picture {
		p := fine
		p.Path = path
		f(&p)
		return p
	}
	pictures := []Picture{
		fine, fine, fine,
		change("g", func(p *Picture) { p.Chroma = 0 }),
		change("r", func(p *Picture) { p.Orientation = 6 }),
		change("w", func(p *Picture) { p.Format, p.Promised = "JPEG", "PNG" }),
		change("e", func(p *Picture) { p.Entropy, p.Sharpness = 0.5, 0 }),
		change("b", func(p *Picture) { p.Sharpness = 5 }),
		change("d", func(p *Picture) { p.Luminance = 9 }),
		change("x", func(p *Picture) { p.Width = 900 }),
		change("t", func(p *Picture) { p.Height = 84 }),
	}
	var got []string
	for _, r := range Remarks(pictures) {
		got = append(got, r.Path+" "+r.Problem)
		if r.Detail == "" {
			t.Errorf("%s: no detail", r.Problem)
		}
	}
	want := []string{"t tiny", "x extreme-aspect", "t extreme-aspect", "d dark", "b blurred", "e low-information", "w wrong-extension", "r rotated", "g gray"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	gray := change("", func(p *Picture) { p.Chroma = 0 })
	if r := Remarks([]Picture{gray, gray, fine}); len(r) != 0 {
		t.Errorf("mostly gray pictures: %+v", r)
	}
}
