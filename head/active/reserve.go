package active

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

const (
	DefaultShare = 0.2  // of the questions, that are for the honest test
	mostReserved = 1000 // pictures: the interval of so many is ±0.02 at 0.9
)

// A Reserve is the pictures that are set aside for the honest test: a random part
// of all, known by their content alone.
type Reserve struct {
	Seed  uint64
	Part  float64 // of the pictures, 0…1; see PartOf
	Share float64 // of the questions, 0…1; 0 asks for none
}

// PartOf is the part of n pictures that is set aside where a share of the questions
// is to be for them: the same share, but not many more than a thousand pictures.
func PartOf(share float64, n int) float64 { return min(share, mostReserved/math.Max(float64(n), 1)) }

// Place is where a picture stands in line, in [0, 1), and whether it is set aside.
// Those that are are asked for in the order of their places.
func (r Reserve) Place(key [32]byte) (place float64, aside bool) {
	h := sha256.New()
	h.Write([]byte("set aside"))
	binary.Write(h, binary.BigEndian, r.Seed) // to a hash, which takes everything
	h.Write(key[:])
	place = float64(binary.BigEndian.Uint64(h.Sum(nil))>>11) / (1 << 53)
	return place, place < r.Part
}

// Turn reports whether the next question is one of the honest test, after so many
// answers of which some were. The first questions are not: nothing is known yet
// that could be tested.
func (r Reserve) Turn(answers, tests, first int) bool {
	return answers >= first && float64(tests+1) <= float64(r.Share*float64(answers-first+1))+1e-9
}
