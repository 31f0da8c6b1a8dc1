package ort

import (
	"fmt"
	"strings"
)

// Options are the settings of a session; the zero value computes the first
// output of the model on the CPU in fp32.
type Options struct {
	Library string   // path; "" means the one that is found as the package comment says
	Outputs []string // names of the outputs to compute; nil means the first

	Device    Device
	Precision Precision // "" means FP32
	Rates     Rates     // that [Auto] goes by, as they were measured on this machine; nil means none were

	// For accelerators only:
	Batch       int    // images in a run; 0 means 32
	GPUMemory   int64  // bytes that ONNX Runtime may take on each GPU; 0 means no limit
	Search      Search // of CUDA's convolution algorithms; "" means Heuristic
	EngineCache string // folder that keeps TensorRT's engines; "" means none
}

// Search is how CUDA finds the fastest algorithm of a convolution.
type Search string

// The searches.
const (
	Heuristic  Search = "HEURISTIC"  // cuDNN's heuristic: starts at once
	Exhaustive Search = "EXHAUSTIVE" // runs every algorithm: starts slowly
)

// ParseSearch reads a search in either case; "" is Heuristic.
func ParseSearch(s string) (Search, error) {
	switch search := Search(strings.ToUpper(s)); search {
	case "":
		return Heuristic, nil
	case Heuristic, Exhaustive:
		return search, nil
	}
	return "", fmt.Errorf("unknown search %q for algorithms; known are heuristic, exhaustive", s)
}

// Recorded names the options that change the bits of the result: the batch size
// and the search, which determine the algorithms. It is "" for devices that run
// image by image with fixed algorithms.
func (o Options) Recorded() string {
	batch := batchOf(o.Device, o)
	switch {
	case o.Device.kind() == CUDA:
		return fmt.Sprintf("batch %d, %s", batch, strings.ToLower(string(o.search())))
	case batch > 1:
		return fmt.Sprintf("batch %d", batch)
	}
	return ""
}

func (o Options) precision() Precision {
	if o.Precision == "" {
		return FP32
	}
	return o.Precision
}

func (o Options) search() Search {
	if o.Search == "" {
		return Heuristic
	}
	return o.Search
}

func (o Options) validate() error {
	switch {
	case o.Batch < 0:
		return fmt.Errorf("a batch of %d images: must be 0 or more", o.Batch)
	case o.GPUMemory < 0:
		return fmt.Errorf("%d bytes of GPU memory: must be 0 or more", o.GPUMemory)
	}
	_, err := ParseSearch(string(o.Search))
	return err
}
