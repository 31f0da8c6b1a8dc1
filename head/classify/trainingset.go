package classify

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"

	"graft/extractor/pixels"
	"graft/onnx"
)

// A TrainingSet is the images that a head was trained on: sorted prefixes of
// their keys, long enough that two photographs do not share one by chance. It
// is what keeps a head from being judged on them.
type TrainingSet [][8]byte

// maxListed bounds the list; larger training sets are not listed.
const maxListed = 1 << 20

// NewTrainingSet lists the images with some keys; more than a million are not
// listed.
func NewTrainingSet(keys []pixels.Key) TrainingSet {
	if len(keys) > maxListed {
		return nil
	}
	s := make(TrainingSet, len(keys))
	for i, k := range keys {
		s[i] = [8]byte(k[:8])
	}
	slices.SortFunc(s, compareKeys)
	return slices.Compact(s)
}

func compareKeys(a, b [8]byte) int { return bytes.Compare(a[:], b[:]) }

// Has reports whether the head was trained on the image with a key.
func (s TrainingSet) Has(k pixels.Key) bool {
	_, ok := slices.BinarySearchFunc(s, [8]byte(k[:8]), compareKeys)
	return ok
}

// Encode is the set as the metadata holds it, under [onnx.KeyTrainedOn]: base64
// of the prefixes.
func (s TrainingSet) Encode() string {
	var b []byte
	for _, k := range s {
		b = append(b, k[:]...)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func decodeTrainingSet(text string) (TrainingSet, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b)%8 != 0 {
		return nil, fmt.Errorf("its list of training images (%s) is damaged", onnx.KeyTrainedOn)
	}
	var s TrainingSet
	for chunk := range slices.Chunk(b, 8) {
		s = append(s, [8]byte(chunk))
	}
	if !slices.IsSortedFunc(s, compareKeys) {
		return nil, fmt.Errorf("its list of training images (%s) is damaged", onnx.KeyTrainedOn)
	}
	return s, nil
}
