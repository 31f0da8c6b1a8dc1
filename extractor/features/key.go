package features

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Key names a photograph by its content: the SHA-256 of its file.
type Key [sha256.Size]byte

// KeyOf returns the key of an encoded photograph.
func KeyOf(file []byte) Key { return sha256.Sum256(file) }

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// An ID names a row of features: a photograph and the number of its view.
type ID struct {
	Key  Key
	View int32 // 0 = the whole crop, 1 and up = augmented
}

// A Row is one row of features.
type Row struct {
	ID
	Features []float32 // d values
}
