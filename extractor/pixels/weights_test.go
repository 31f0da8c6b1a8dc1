package pixels

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestInputWeightsEqualPlain: all ways of weighing a row give the same bytes.
func TestInputWeightsEqualPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	byInput := 0
	for range 2000 {
		s := span{in: 1 + rng.IntN(300), out: 1 + rng.IntN(120), mirror: rng.IntN(2) == 0, filter: []string{"", Hamming, Bicubic, Bicubic}[rng.IntN(4)]}
		s.from = rng.IntN(s.out)
		s.to = s.from + 1 + rng.IntN(s.out-s.from)
		ts := newWeights(s)
		if ts.byInput == nil {
			if s.in > 2*s.out && s.filter != Bicubic { // bicubically rounding may let an output see one input more
				t.Errorf("%+v: no weights by input", s)
			}
			continue
		}
		byInput++
		src := make([]byte, 3*(ts.end-ts.begin))
		for i := range src {
			if src[i] = byte(rng.Uint32()); s.mirror {
				src[i] = 255 * (src[i] & 1) // of which sums leave 0…255
			}
		}
		plain, got := make([]byte, 3*ts.n), make([]byte, 3*ts.n)
		if ts.signed {
			ts.rowSigned(plain, src)
			ts.rowByInput4(got, src)
		} else {
			ts.rowPlain(plain, src)
			ts.rowByInput(got, src)
		}
		if !bytes.Equal(plain, got) {
			t.Errorf("%+v: weights by input give other bytes than plain ones", s)
		}
		if got = append(got[:0], make([]byte, len(got)+1)...); ts.rowWide(got[:len(plain)], src[:len(src):len(src)]) && (!bytes.Equal(plain, got[:len(plain)]) || got[len(plain)] != 0) {
			t.Errorf("%+v: four outputs at once are other bytes than plain ones, or more of them", s)
		}
	}
	if byInput < 600 {
		t.Errorf("only %d of the tables had weights by input", byInput)
	}
}

// TestWeightsSum: the weights of an output add up to one, within the rounding of each.
func TestWeightsSum(t *testing.T) {
	for _, s := range []span{
		{in: 500, out: 342, to: 342}, {in: 1, out: 342, to: 342}, {in: 4000, out: 456, from: 78, to: 377},
		{in: 500, out: 342, to: 342, filter: Bicubic}, {in: 100, out: 342, to: 342, filter: Lanczos}, {in: 4000, out: 456, from: 78, to: 377, filter: Lanczos},
	} {
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
	for i := range 1500 {
		s := span{in: 1 + rng.IntN(200), out: 1 + rng.IntN(120), mirror: rng.IntN(2) == 0, filter: sortedNames(filters)[i%len(filters)]}
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

// TestWeighWide: rows that are weighed many bytes at a time have the same sums.
func TestWeighWide(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		ts := newWeights(span{in: 1 + rng.IntN(60), out: 1 + rng.IntN(40), to: 1, filter: []string{Bicubic, Lanczos}[rng.IntN(2)]})
		w, n := ts.of(0), 1+rng.IntN(70)
		rows := make([]byte, len(w)*n+8)
		for i := range rows {
			rows[i] = 255 * byte(rng.UintN(2)) // of which sums leave 0…255
		}
		got, want := make([]byte, n), make([]byte, n)
		weighSigned(got, rows, w)
		weighSignedFrom(0, want, rows, w)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d rows of %d bytes: other sums", len(w), n)
		}
	}
}
