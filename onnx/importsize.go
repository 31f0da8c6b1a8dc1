package onnx

import (
	"fmt"
	"math"
)

// A SizeError says that a model does not take images of the size that it is to
// be given.
type SizeError struct {
	Crop   int
	Works  []int // sizes that do, of those that were tried
	Reason string
}

// Error says which size, and why not.
func (e *SizeError) Error() string {
	text := fmt.Sprintf("crop %d; %s", e.Crop, e.Reason)
	if len(e.Works) > 0 {
		text += fmt.Sprintf("; %d works", e.Works[0])
	}
	return text
}

// usualSides are sizes that models are trained at, in the order in which they
// are tried where a model says none.
var usualSides = []int64{224, 256, 384, 336, 448, 512, 518, 240, 288, 320, 378, 392, 196, 192, 160, 128, 112, 96, 64, 32}

// maxSide bounds resize and crop.
const maxSide = 1 << 14

// setSizes sets crop and resize; a fixed size of the model takes precedence.
func (i *importer) setSizes() error {
	h, w := i.input.Dims[2], i.input.Dims[3]
	if i.o.Layout == NHWC {
		h, w = i.input.Dims[1], i.input.Dims[2]
	}
	if i.fixed = w.Size; i.fixed < 0 {
		i.fixed = max(h.Size, 0)
	}
	if height := max(h.Size, 0); height != 0 && height != i.fixed {
		if err := i.setOblong(min(height, maxSide+1), min(i.fixed, maxSide+1)); err != nil {
			return err
		}
	} else if err := i.setCrop(); err != nil {
		return err
	}
	i.setResize()
	a := i.o.Asked
	for _, side := range []int{i.o.Crop, i.o.Resize, a.height(i.o.Crop), max(a.ResizeHeight, 1)} {
		if side < 1 || side > maxSide {
			return fmt.Errorf("resize %d and crop %d; both from 1 to %d", i.o.Resize, i.o.Crop, maxSide)
		}
	}
	return nil
}

// setOblong takes the size of a model whose images are not square.
func (i *importer) setOblong(height, width int64) error {
	if i.o.Crop == 0 {
		i.o.Crop, i.o.Asked.CropHeight = int(width), int(height)
	}
	if i.o.Crop != int(width) || i.o.Asked.height(i.o.Crop) != int(height) {
		return &SizeError{Crop: i.o.Crop, Reason: fmt.Sprintf("the model takes images of %s only (height×width)", sides(height, width))}
	}
	return nil
}

// setResize settles what images are resized to, unless that was asked for.
func (i *importer) setResize() {
	a, crop := &i.o.Asked, i.o.Crop
	height := a.height(crop)
	switch {
	case i.o.Resize != 0:
		return
	case a.CropPct > 0:
		i.o.Resize, height = int(min(math.Floor(float64(crop)/a.CropPct), maxSide+1)), int(min(math.Floor(float64(height)/a.CropPct), maxSide+1))
	case a.ResizeMode == ResizeSquash, a.ResizeMode == ResizePad:
		i.o.Resize = crop
	default:
		i.o.Resize, height = (crop*342+defaultSide/2)/defaultSide, (height*342+defaultSide/2)/defaultSide
	}
	if a.ResizeHeight = height; height == i.o.Resize {
		a.ResizeHeight = 0
	}
}

// setCrop settles the size of the crop: that which the input demands, the one
// that was asked for, or the first usual one with which the shapes in the graph
// go together. If only one does, the trunk takes no other.
func (i *importer) setCrop() error {
	switch {
	case i.fixed > 0 && i.o.Crop == 0:
		i.o.Crop = int(min(i.fixed, maxSide+1))
	case i.fixed > 0 && (int64(i.o.Crop) != i.fixed || i.o.Asked.CropHeight != 0):
		return &SizeError{Crop: i.o.Crop, Works: []int{int(min(i.fixed, maxSide+1))}, Reason: fmt.Sprintf("the model takes images of %s only", sides(i.fixed, i.fixed))}
	case i.fixed > 0:
	case i.o.Asked.CropHeight != 0: // of a model that says nothing
	case i.o.Crop == 0:
		i.o.Crop = defaultSide
		if works := i.sides(1, defaultSide); len(works) > 0 && works[0] != defaultSide {
			i.o.Crop = works[0]
			i.note("the model does not say for which size of images it was made; images of %d×%d fit its graph, of %d×%d do not", works[0], works[0], defaultSide, defaultSide)
		}
	default:
		if works := i.sides(1, int64(i.o.Crop)); len(works) > 0 && works[0] != i.o.Crop {
			return &SizeError{Crop: i.o.Crop, Works: works, Reason: "images of this size do not fit the model's graph"}
		}
	}
	if i.fixed == 0 && i.o.Asked.CropHeight == 0 && (i.o.OneSize || len(i.sides(2, int64(i.o.Crop))) == 1) {
		i.fixed = int64(i.o.Crop)
	}
	return nil
}

// sides lists the first n sizes with which shapes in the graph go together as
// far as inference shows, first tried the first; none if inference cannot
// tell, or with no usual size.
func (i *importer) sides(n int, first int64) (works []int) {
	for _, side := range append([]int64{first}, usualSides...) {
		if len(works) > 0 && side == first || len(works) == n {
			continue
		}
		if i.inferred(1, side).misfit == "" {
			works = append(works, int(side))
		}
	}
	return works
}
