// Compare says how far two arrays of float32 in NumPy's format are apart.
//
//	go run ./scripts/releases/compare A.npy B.npy
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: compare A.npy B.npy")
		os.Exit(2)
	}
	text, err := compare(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintf(os.Stderr, "compare: %v\n", err)
		os.Exit(1)
	}
	fmt.Println(text)
}

func compare(a, b string) (string, error) {
	x, err := read(a)
	if err != nil {
		return "", err
	}
	y, err := read(b)
	if err != nil {
		return "", err
	}
	if bytes.Equal(x, y) {
		return "same bytes", nil
	}
	if len(x) != len(y) {
		return "", fmt.Errorf("%s has %d bytes of numbers, %s %d", a, len(x), b, len(y))
	}
	largest, off := 0.0, 0.0
	for i := 0; i+4 <= len(x); i += 4 {
		v, w := number(x[i:]), number(y[i:])
		if math.IsNaN(v) || math.IsNaN(w) {
			return "", fmt.Errorf("number %d is %g and %g", i/4, v, w)
		}
		largest, off = max(largest, math.Abs(v)), max(off, math.Abs(v-w))
	}
	return fmt.Sprintf("within %.2g, %.2g of the largest", off, off/largest), nil
}

func number(b []byte) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
}

// read returns the numbers of an array of float32, after the header of version 1.
func read(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(b) < 10 || string(b[:6]) != "\x93NUMPY" || b[6] != 1 {
		return nil, fmt.Errorf("%s is no array of version 1", path)
	}
	header := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	if len(b) < header || !bytes.Contains(b[:header], []byte("<f4")) {
		return nil, fmt.Errorf("%s holds no float32", path)
	}
	return b[header:], nil
}
