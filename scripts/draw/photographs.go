package main

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"

	"graft/scripts/draw/demo"
	"graft/scripts/draw/scene"
)

// The demo's photographs: these numbers decide every byte of testdata/demo.
const (
	demoSeed    = 1
	demoSize    = 256
	demoEach    = 24
	demoQuality = 55
)

// demoSplits names the folders and the number of each one's first picture.
var demoSplits = []struct {
	name  string
	first int
}{{"train", 0}, {"val", 1000}}

// photograph is the JPEG file of one picture.
func photograph(c scene.Class, number int) ([]byte, error) {
	var b bytes.Buffer
	m := scene.Picture(c, demoSeed, number, demoSize).Image()
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: demoQuality})
	return b.Bytes(), err
}

func fileName(i int) string { return fmt.Sprintf("%02d.jpg", i) }

// writeDemo draws every photograph of the demo.
func writeDemo(dir string) error {
	for _, split := range demoSplits {
		for _, c := range demo.Classes() {
			if err := writeClass(filepath.Join(dir, split.name, c.Name), c, split.first, demoEach); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeClass draws pictures first … first+n-1 of a class into a folder.
func writeClass(folder string, c scene.Class, first, n int) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for i := range n {
		b, err := photograph(c, first+i)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, fileName(i)), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
