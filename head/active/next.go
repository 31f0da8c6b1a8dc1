package active

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"graft/head/internal/kernel"
)

// A Strategy is a way to choose questions.
type Strategy string

// The strategies. All but Random ask for what is uncertain, and leave out what is
// like a question before it.
const (
	Margin       Strategy = "margin"       // the two most probable classes are close (Scheffer, Decomain and Wrobel 2001)
	Density      Strategy = "density"      // the same, times how much the picture is like the others (Settles and Craven 2008)
	Disagreement Strategy = "disagreement" // heads trained on parts of the labels contradict each other (Seung, Opper and Sompolinsky 1992)
	Random       Strategy = "random"
)

// Strategies lists them, the default first.
var Strategies = []Strategy{Margin, Density, Disagreement, Random}

// A Choice is what questions are chosen from, and how.
type Choice struct {
	Pool     Pool
	Scale    *Scale
	Scores   *Scores   // of all rows; nil with Random
	Others   []*Scores // of heads trained on parts of the labels, for Disagreement
	Rows     []int     // that may be asked for
	Before   []int     // rows that were asked for lately: what is like them can wait
	Strategy Strategy  // "" means Margin
	Seed     uint64    // of Random, and of the sample that density is measured on
}

const (
	candidates = 8   // so many for each question are compared with one another
	fewest     = 64  // candidates
	lately     = 32  // of Before
	crowd      = 512 // rows that density is measured on
	alike      = 0.5 // the cosine from which on two pictures count as alike
)

// Next are up to n rows to ask for, the one that helps most first.
func Next(c Choice, n int) []int {
	random := rand.New(rand.NewPCG(c.Seed, 2))
	if c.Strategy == Random || c.Scores == nil {
		return sample(slices.Clone(c.Rows), min(n, len(c.Rows)), random)[:min(n, len(c.Rows))]
	}
	uncertain := c.uncertain(random)
	order := slices.Clone(c.Rows)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(uncertain(b), uncertain(a)) })
	order = order[:min(len(order), max(fewest, candidates*n))]
	return c.diverse(order, uncertain, n)
}

// uncertain is how much a row is worth asking for, 0…1, without regard to the others.
func (c Choice) uncertain(random *rand.Rand) func(i int) float64 {
	margin := func(i int) float64 { return 1 - float64(c.Scores.Margin[i]) }
	switch {
	case c.Strategy == Disagreement && len(c.Others) > 1:
		return func(i int) float64 {
			against := 0
			for _, o := range c.Others {
				if o.Class[i] != c.Scores.Class[i] {
					against++
				}
			}
			return (float64(against) + margin(i)) / float64(len(c.Others)+1)
		}
	case c.Strategy == Density:
		dense := c.density(random)
		return func(i int) float64 { return margin(i) * dense[i] }
	}
	return margin
}

// density is, for the candidates by margin, the mean cosine to a random part of the
// rows, from 0 to 1; others have none.
func (c Choice) density(random *rand.Rand) map[int]float64 {
	order := slices.Clone(c.Rows)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.Scores.Margin[a], c.Scores.Margin[b]) })
	order = order[:min(len(order), max(4*crowd, len(order)/10))]
	d := c.Pool.D
	mean := make([]float32, d)
	others := sample(c.Rows, crowd, random)
	for row := range slices.Chunk(c.Scale.directions(c.Pool, others), d) {
		kernel.Axpy(1/float32(len(others)), row, mean)
	}
	dense := make(map[int]float64, len(order))
	x := c.Scale.directions(c.Pool, order)
	for k, i := range order {
		dense[i] = (1 + dot(x[k*d:(k+1)*d], mean)) / 2
	}
	return dense
}

// diverse picks n of the candidates one by one: of each round the one that is worth most, less what
// it has in common with a row picked before, or asked for lately.
func (c Choice) diverse(order []int, uncertain func(int) float64, n int) []int {
	d := c.Pool.D
	before := c.Before[max(0, len(c.Before)-lately):]
	x := c.Scale.directions(c.Pool, slices.Concat(order, before))
	near := make([]float64, len(order)) // the largest cosine to what was picked
	see := func(row []float32) {
		for k := range order {
			near[k] = max(near[k], dot(x[k*d:(k+1)*d], row))
		}
	}
	for k := range before {
		at := len(order) + k
		see(x[at*d : (at+1)*d])
	}
	left := make([]bool, len(order))
	var out []int
	for len(out) < min(n, len(order)) {
		best, value := -1, 0.0
		for k, i := range order {
			if v := uncertain(i) * freshness(near[k]); !left[k] && (best < 0 || v > value) {
				best, value = k, v
			}
		}
		left[best] = true
		out = append(out, order[best])
		see(x[best*d : (best+1)*d])
	}
	return out
}

// freshness is 1 for a picture that is like no other, and falls to 0 for a copy.
func freshness(cosine float64) float64 {
	if cosine <= alike {
		return 1
	}
	return max(0, (1-cosine)/(1-alike))
}

// dot is the product of two rows in float32, by the kernel of products.
func dot(a, b []float32) float64 {
	var sum [4]float32
	k := 0
	for ; k+4 <= len(a); k += 4 {
		sum[0] += float32(a[k] * b[k])
		sum[1] += float32(a[k+1] * b[k+1])
		sum[2] += float32(a[k+2] * b[k+2])
		sum[3] += float32(a[k+3] * b[k+3])
	}
	for ; k < len(a); k++ {
		sum[0] += float32(a[k] * b[k])
	}
	return float64(sum[0] + sum[1] + (sum[2] + sum[3]))
}
