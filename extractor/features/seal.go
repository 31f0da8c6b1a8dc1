package features

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"graft/extractor/durable"
)

// castagnoli is the polynomial of CRC-32C, which processors compute.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const (
	sealKey    = "graft.seal"
	sealMark   = "sealed crc32c="
	sealFormat = sealMark + "%08x hole=%016x+%016x"
	crcAt      = len(sealMark)
	crcDigits  = 8
	sealLength = crcAt + crcDigits + len(" hole=") + 16 + 1 + 16
	// edge is how far from either end of a file the copies of its seal lie at most.
	edge = 64 << 10
)

// A seal is the checksum that a file carries: of all its bytes but those of a hole.
type seal struct {
	crc           uint32
	offset, bytes int64 // of the hole
}

func (s seal) String() string { return fmt.Sprintf(sealFormat, s.crc, s.offset, s.bytes) }

var (
	errUnsealed = errors.New("it is not a file of graft, or its beginning or end is damaged")
	errSeal     = errors.New("its checksum does not match its content")
)

// sealFile puts the seal into a file of that size that was written with an empty one.
func sealFile(f *durable.File, size, offset, length int64) error {
	at, err := sealPlaces(f, size)
	if err != nil {
		return err
	}
	s := seal{offset: offset, bytes: length}
	for _, pos := range at {
		if _, err := f.WriteAt([]byte(s.String()), pos); err != nil {
			return err
		}
	}
	if s.crc, err = checksum(f, size, s, at); err != nil {
		return err
	}
	for _, pos := range at {
		if _, err := f.WriteAt([]byte(s.String()), pos); err != nil {
			return err
		}
	}
	return nil
}

// readSeal finds the seal of a file and checks it. All bytes outside the hole are then what was
// once written.
func readSeal(f io.ReaderAt, size int64) (seal, error) {
	at, err := sealPlaces(f, size)
	if err != nil {
		return seal{}, err
	}
	var text [2][sealLength]byte
	for i, pos := range at {
		if _, err := f.ReadAt(text[i][:], pos); err != nil {
			return seal{}, err
		}
	}
	var s seal
	if _, err := fmt.Sscanf(string(text[0][:]), sealFormat, &s.crc, &s.offset, &s.bytes); err != nil {
		return seal{}, errUnsealed
	}
	if text[0] != text[1] || s.String() != string(text[0][:]) || s.offset < 0 || s.bytes < 0 || s.offset > size-s.bytes {
		return seal{}, errSeal
	}
	sum, err := checksum(f, size, s, at)
	if err == nil && sum != s.crc {
		err = errSeal
	}
	return s, err
}

// sealPlaces returns where the two copies of the seal begin.
func sealPlaces(f io.ReaderAt, size int64) ([2]int64, error) {
	head := make([]byte, min(size, edge))
	tail := make([]byte, min(size, edge))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return [2]int64{}, err
	}
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return [2]int64{}, err
	}
	mark := []byte(sealMark)
	first, last := bytes.Index(head, mark), bytes.LastIndex(tail, mark)
	if first < 0 || last < 0 {
		return [2]int64{}, errUnsealed
	}
	at := [2]int64{int64(first), size - int64(len(tail)) + int64(last)}
	if at[0] >= at[1] || at[1]+int64(sealLength) > size {
		return [2]int64{}, errUnsealed
	}
	return at, nil
}

// checksum reads all of the file but the hole and the digits of the checksum in its two copies.
func checksum(f io.ReaderAt, size int64, s seal, at [2]int64) (uint32, error) {
	cuts := []struct{ from, to int64 }{
		{at[0] + int64(crcAt), at[0] + int64(crcAt+crcDigits)},
		{s.offset, s.offset + s.bytes},
		{at[1] + int64(crcAt), at[1] + int64(crcAt+crcDigits)},
	}
	if s.bytes == 0 {
		cuts[1].from, cuts[1].to = cuts[0].to, cuts[0].to
	}
	sum, pos := uint32(0), int64(0)
	buf := make([]byte, edge)
	for _, c := range append(cuts, struct{ from, to int64 }{size, size}) {
		if c.from < pos || c.to > size {
			return 0, errSeal // a hole over the seal
		}
		for pos < c.from {
			n, err := f.ReadAt(buf[:min(int64(len(buf)), c.from-pos)], pos)
			if n == 0 {
				return 0, errors.Join(err, io.ErrUnexpectedEOF)
			}
			sum = crc32.Update(sum, castagnoli, buf[:n])
			pos += int64(n)
		}
		pos = c.to
	}
	return sum, nil
}
