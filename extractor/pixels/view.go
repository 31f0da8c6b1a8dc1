package pixels

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// View names one augmented view of a photograph: torchvision's RandomResizedCrop (8…100 % of the
// area, width to height 3:4…4:3), and a horizontal flip half of the time.
//
// Its random numbers are a function of the View alone, so they depend on no order, worker or
// machine. Number n (from 0) is made of the first eight bytes, big-endian, of
//
//	SHA-256("graft view" ‖ seed ‖ key ‖ number ‖ n)
//
// where seed, number and n are eight bytes, big-endian: its upper 53 bits, divided by 2⁵³.
type View struct {
	Seed   uint64
	Key    Key
	Number int // 1, 2, …
}

// View decodes a file and writes view v of it into dst, which is as for Crop. The transform's
// Resize and Fast play no part; the region is resized to the crop's size.
func (d *Decoder) View(dst, file []byte, v View) (Info, error) {
	d.fast = false
	return d.run(dst, file, func(w, h int) region { return v.box(w, h).region(d.transform) })
}

// draws hands out the random numbers of a view in order.
type draws struct {
	message [10 + 8 + 32 + 8 + 8]byte
	n       uint64
}

func (v View) draws() *draws {
	d := &draws{}
	b := append(d.message[:0], "graft view"...)
	b = binary.BigEndian.AppendUint64(b, v.Seed)
	b = append(b, v.Key[:]...)
	binary.BigEndian.AppendUint64(b, uint64(v.Number))
	return d
}

// float is uniform in [0, 1).
func (d *draws) float() float64 {
	binary.BigEndian.PutUint64(d.message[len(d.message)-8:], d.n)
	d.n++
	sum := sha256.Sum256(d.message[:])
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// between is uniform in [from, to). The conversion keeps the compiler from fusing the operations.
func (d *draws) between(from, to float64) float64 { return from + float64((to-from)*d.float()) }

// intn is uniform in 0…n-1.
func (d *draws) intn(n int) int { return int(d.float() * float64(n)) }

// box is the part of an upright image that a view shows.
type box struct {
	left, top, width, height int
	flip                     bool
}

// region resizes the box to the size of a transform's crops.
func (b box) region(t Transform) region {
	w, h := t.Width(), t.Height()
	return region{
		left: b.left, x: span{in: b.width, out: w, to: w, filter: t.Interpolation},
		top: b.top, y: span{in: b.height, out: h, to: h, filter: t.Interpolation},
		flip: b.flip,
	}
}

// Bounds of a view's area, as a part of the image's, and of its ratio of width to height.
const (
	minArea, maxArea   = 0.08, 1
	minRatio, maxRatio = 3.0 / 4, 4.0 / 3
)

// box draws a view of a w×h image: up to ten tries of area and ratio (two numbers each), then for
// the first that fits top and left; otherwise the middle of the image, its ratio clamped. The last
// number is the flip.
func (v View) box(w, h int) box {
	d := v.draws()
	b, found := box{}, false
	for try := 0; try < 10 && !found; try++ {
		area := float64(w) * float64(h) * d.between(minArea, maxArea)
		// The logarithms of 3/4 and 4/3: the ratio is as likely to be r as 1/r.
		ratio := exponential(d.between(-0.28768207245178090, 0.28768207245178090))
		b.width = int(math.RoundToEven(math.Sqrt(area * ratio)))
		b.height = int(math.RoundToEven(math.Sqrt(area / ratio)))
		found = b.width > 0 && b.width <= w && b.height > 0 && b.height <= h
	}
	if found {
		b.top = d.intn(h - b.height + 1)
		b.left = d.intn(w - b.width + 1)
	} else {
		b = middle(w, h)
	}
	b.flip = d.float() < 0.5
	return b
}

// middle is the largest part of the middle whose ratio is within bounds.
func middle(w, h int) box {
	b := box{width: w, height: h}
	switch ratio := float64(w) / float64(h); {
	case ratio < minRatio:
		b.height = int(math.RoundToEven(float64(w) / minRatio))
	case ratio > maxRatio:
		b.width = int(math.RoundToEven(float64(h) * maxRatio))
	}
	b.top, b.left = (h-b.height)/2, (w-b.width)/2
	return b
}

// exponential is eˣ for small x by its series. math.Exp is not used, because its last bit is not
// the same on every kind of processor.
func exponential(x float64) float64 {
	sum, term := 1.0, 1.0
	for n := 1.0; n < 20; n++ {
		term = float64(term * (x / n)) // the conversion forbids fusing
		sum += term
	}
	return sum
}
