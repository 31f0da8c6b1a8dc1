package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Shard returns part number i, from 1, of n parts of d, and where its samples are in d. Which part
// a sample belongs to depends on its path alone, so every machine that has the data finds the same
// parts, and a photograph stays in its part when others are added:
//
//	i − 1 = first 8 bytes of SHA-256("shard " + path) mod n
//
// The parts are about as large as one another. They read through d, which is the one to close.
func (d *Dataset) Shard(i, n int) (part *Dataset, at []int) {
	if n < 1 || i < 1 || i > n {
		panic(fmt.Sprintf("dataset: shard %d of %d", i, n))
	}
	p := *d
	p.Samples = nil
	for k, s := range d.Samples {
		h := sha256.Sum256([]byte("shard " + s.Path))
		if binary.BigEndian.Uint64(h[:])%uint64(n) == uint64(i-1) {
			p.Samples, at = append(p.Samples, s), append(at, k)
		}
	}
	return &p, at
}
