package extractor

import "context"

// A Trunk is a frozen network: pixels in, features out. Whoever opened it closes it.
type Trunk interface {
	// Run writes the features of n crops into features, one slice of n×d
	// values an output of the trunk. Pixels are n×h×w×3, RGB, 0…255. It is
	// called by several goroutines at once.
	Run(ctx context.Context, pixels []byte, n, h, w int, features [][]float32) error
	// Dims gives the number of columns d of every output.
	Dims() []int
	// Workers is how many calls of Run at once are worth while.
	Workers() int
	// Batch is how many crops a call of Run wants: 1 for image by image, as
	// suits a CPU; k > 1 for always k, as suits an accelerator. The last
	// batch is padded.
	Batch() int
	// Close frees what the trunk holds. No call of Run is under way then.
	Close() error
}

// Shared gives t to runs that must not close it: Close of the trunk that it
// returns does nothing. Whoever opened t closes t, when all runs have ended.
func Shared(t Trunk) Trunk { return shared{t} }

type shared struct{ Trunk }

var _ Trunk = shared{}

func (shared) Close() error { return nil }
