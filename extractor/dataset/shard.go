package dataset

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// A Shard is the part of the data that one of several processes takes: part Number, from 1, of
// Parts. The zero value is all of it.
type Shard struct{ Number, Parts int }

// ParseShard reads a shard as String writes it, "2/3" being the second of three.
func ParseShard(text string) (Shard, error) {
	left, right, _ := strings.Cut(text, "/")
	i, err := strconv.ParseUint(left, 10, 31)
	n, err2 := strconv.ParseUint(right, 10, 31)
	if err != nil || err2 != nil || i < 1 || i > n {
		return Shard{}, fmt.Errorf("shard %q: must be I/N with I from 1 to N, as in 2/3", text)
	}
	return Shard{int(i), int(n)}, nil
}

// String is "2/3" for the second of three, and "1/1" for all.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", max(s.Number, 1), max(s.Parts, 1)) }

// Of returns the samples of the shard, and the number that sample i of them has in d. Which part
// a sample belongs to depends on its path alone, so every machine that has the data finds the same
// parts, and a photograph stays in its part when others are added:
//
//	Number − 1 = first 8 bytes of SHA-256("shard " + path) mod Parts
//
// The parts are about as large as one another. They read through d, which is the one to close. A
// Shard that is none, such as 4/3, panics.
func (s Shard) Of(d *Dataset) (part *Dataset, at func(i int) int) {
	if s == (Shard{}) {
		return d, func(i int) int { return i }
	}
	if s.Number < 1 || s.Number > s.Parts {
		panic(fmt.Sprintf("dataset: shard %d of %d", s.Number, s.Parts))
	}
	var samples []Sample
	var index []int
	for k, sample := range d.Samples {
		h := sha256.Sum256([]byte("shard " + sample.Path))
		if binary.BigEndian.Uint64(h[:])%uint64(s.Parts) == uint64(s.Number-1) {
			samples, index = append(samples, sample), append(index, k)
		}
	}
	return d.Part(samples), func(i int) int { return index[i] }
}
