// Command shrink makes a picture small enough to travel with the project: it
// scales it to a width, and writes it as JPEG or PNG, as the name ends.
//
//	go run ./scripts/shrink sheet.png sheet.jpg 640
package main

import (
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/image/draw"
)

func main() {
	if err := shrink(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "shrink:", err)
		os.Exit(1)
	}
}

func shrink(args []string) error {
	if len(args) != 3 {
		return errors.New("want IN.png, OUT.jpg or OUT.png, and the width in pixels")
	}
	width, err := strconv.Atoi(args[2])
	if err != nil || width < 1 || width > 1<<14 {
		return fmt.Errorf("width %q: want a number from 1 to 16384", args[2])
	}
	in, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer in.Close()
	m, err := png.Decode(in)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	size := m.Bounds()
	small := image.NewRGBA(image.Rect(0, 0, width, max(1, size.Dy()*width/size.Dx())))
	draw.CatmullRom.Scale(small, small.Rect, m, size, draw.Src, nil)
	return write(args[1], small)
}

func write(path string, m image.Image) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	if filepath.Ext(path) == ".jpg" {
		err = jpeg.Encode(out, m, &jpeg.Options{Quality: 80})
	} else {
		err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(out, m)
	}
	return errors.Join(err, out.Close())
}
