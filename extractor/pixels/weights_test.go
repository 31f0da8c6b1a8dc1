package pixels

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestInputWeightsEqualPlain: both ways of weighing a row give the same bytes.
func TestInputWeightsEqualPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	byInput := 0
	for range 2000 {
		s := span{in: 1 + rng.IntN(300), out: 1 + rng.IntN(120), mirror: rng.IntN(2) == 0}
		s.from = rng.IntN(s.out)
		s.to = s.from + 1 + rng.IntN(s.out-s.from)
		ts := newWeights(s)
		if ts.byInput == nil {
			if s.in > 2*s.out {
				t.Errorf("%+v: no weights by input", s)
			}
			continue
		}
		byInput++
		src := make([]byte, 3*(ts.end-ts.begin))
		for i := range src {
			src[i] = byte(rng.Uint32())
		}
		plain, got := make([]byte, 3*ts.n), make([]byte, 3*ts.n)
		ts.rowPlain(plain, src)
		ts.rowByInput(got, src)
		if !bytes.Equal(plain, got) {
			t.Errorf("%+v: weights by input give other bytes than plain ones", s)
		}
	}
	if byInput < 600 {
		t.Errorf("only %d of the tables had weights by input", byInput)
	}
}

// TestWeightsSum: the weights of an output add up to one, within the rounding of each.
func TestWeightsSum(t *testing.T) {
	for _, s := range []span{{in: 500, out: 342, to: 342}, {in: 1, out: 342, to: 342}, {in: 4000, out: 456, from: 78, to: 377}} {
		ts := newWeights(s)
		for o := range ts.n {
			sum := 0
			for _, w := range ts.of(o) {
				sum += int(w)
			}
			if diff := sum - 1<<weightBits; diff > ts.widest || diff < -ts.widest {
				t.Errorf("%+v output %d: weights sum to 1%+d/2^22", s, o, diff)
			}
		}
	}
}

// TestColumn: rows that come one after another give what the whole image would.
func TestColumn(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		s := span{in: 1 + rng.IntN(200), out: 1 + rng.IntN(120), mirror: rng.IntN(2) == 0}
		s.from = rng.IntN(s.out)
		s.to = s.from + 1 + rng.IntN(s.out-s.from)
		ts, width := newWeights(s), 1+rng.IntN(40)
		image := make([]byte, s.in*width)
		for i := range image {
			image[i] = byte(rng.Uint32())
		}
		var c column
		c.start(ts, width)
		line, made := make([]byte, width), 0
		for y := ts.begin; y < ts.end; y++ {
			copy(c.slot(), image[y*width:])
			c.push()
			for c.ready() {
				if o := c.next(line); !bytes.Equal(line, weighed(ts, image, width, o)) {
					t.Fatalf("%+v, %d bytes a row: output %d is wrong", s, width, o)
				}
				made++
			}
		}
		if made != ts.n {
			t.Errorf("%+v: %d outputs of %d", s, made, ts.n)
		}
	}
}

// weighed is output row o, computed plainly.
func weighed(ts *weights, image []byte, width, o int) []byte {
	line := make([]byte, width)
	for x := range line {
		sum := half
		for i, w := range ts.of(o) {
			sum += int(w) * int(image[(ts.first[o]+i)*width+x])
		}
		line[x] = byte(min(max(sum>>weightBits, 0), 255))
	}
	return line
}
