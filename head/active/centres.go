package active

import (
	"cmp"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"graft/head/internal/kernel"
	"graft/head/internal/parallel"
)

const (
	centreRows   = 4096 // so many rows are clustered at most
	centreRounds = 10   // of Lloyd's iteration
)

// Centres are k of the rows, or all if there are fewer: those next to the centres of k clusters,
// the largest first. Clusters are those of k-means (Lloyd 1982) on standardised features of
// length 1, begun as k-means++ does (Arthur and Vassilvitskii 2007) with a seed.
// Of many rows a random part is clustered.
func Centres(p Pool, s *Scale, rows []int, k int, seed uint64) []int {
	random := rand.New(rand.NewPCG(seed, 1))
	rows = sample(rows, centreRows, random)
	if k >= len(rows) {
		return slices.Clone(rows)
	}
	c := &clusters{x: s.directions(p, rows), d: p.D, of: make([]int, len(rows)), near: make([]float32, len(rows))}
	c.begin(k, random)
	for range centreRounds {
		if !c.round() {
			break
		}
	}
	out := c.medoids()
	for i, at := range out {
		out[i] = rows[at]
	}
	return out
}

// clusters are those of rows x of length 1, n×d. For them the square of a distance is 2 − 2·cosine.
type clusters struct {
	x       []float32
	d       int
	centres []float32 // k×d
	of      []int     // the cluster of each row
	near    []float32 // x·centre of the row's own cluster
}

func (c *clusters) row(i int) []float32 { return c.x[i*c.d : (i+1)*c.d] }

// begin draws the centres: each with probability in proportion to the square of its distance
// from those before it.
func (c *clusters) begin(k int, random *rand.Rand) {
	n := len(c.of)
	apart := make([]float64, n)
	for i := range apart {
		apart[i] = math.Inf(1)
	}
	at := random.IntN(n)
	for len(c.centres) < k*c.d {
		c.centres = append(c.centres, c.row(at)...)
		z := c.dots(c.row(at))
		var total float64
		for i := range apart {
			apart[i] = min(apart[i], max(0, 2-2*float64(z[i])))
			total += apart[i]
		}
		left := random.Float64() * total
		for at = 0; at < n-1 && left > apart[at]; at++ {
			left -= apart[at]
		}
	}
}

// dots are the products of all rows with those of w: n×k.
func (c *clusters) dots(w []float32) []float32 {
	n, k := len(c.of), len(w)/c.d
	z := make([]float32, n*k)
	parallel.For((n+scoreChunk-1)/scoreChunk, runtime.GOMAXPROCS(0), func(chunk, _ int) {
		from := chunk * scoreChunk
		to := min(from+scoreChunk, n)
		var b kernel.Block[float32]
		b.Pack(c.x[from*c.d:to*c.d], c.d)
		b.Dots(w, z[from*k:to*k], k)
	})
	return z
}

// round moves rows to the nearest centre and centres to the mean direction of their rows; it
// reports whether anything moved.
func (c *clusters) round() (moved bool) {
	k := len(c.centres) / c.d
	z := c.dots(c.centres)
	for i := range c.of {
		row := z[i*k : (i+1)*k]
		at := 0
		for j, v := range row {
			if v > row[at] {
				at = j
			}
		}
		moved = moved || c.of[i] != at
		c.of[i], c.near[i] = at, row[at]
	}
	sums := make([]float32, k*c.d)
	for i, at := range c.of {
		kernel.Axpy(1, c.row(i), sums[at*c.d:(at+1)*c.d])
	}
	for j := range k {
		sum := sums[j*c.d : (j+1)*c.d]
		var square float64
		for _, v := range sum {
			square += float64(float64(v) * float64(v))
		}
		if square == 0 { // nobody is here: it stays
			continue
		}
		for i, v := range sum {
			c.centres[j*c.d+i] = v / float32(math.Sqrt(square))
		}
	}
	return moved
}

// medoids are the rows next to the centres, those of the largest clusters first.
func (c *clusters) medoids() []int {
	k := len(c.centres) / c.d
	best, size := slices.Repeat([]int{-1}, k), make([]int, k)
	for i, at := range c.of {
		size[at]++
		if best[at] < 0 || c.near[i] > c.near[best[at]] {
			best[at] = i
		}
	}
	order := make([]int, k)
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size[b], size[a]) })
	var out []int
	for _, j := range order {
		if best[j] >= 0 {
			out = append(out, best[j])
		}
	}
	return out
}
