package pixels

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Key names a photograph by its content: the SHA-256 of its encoded file. The zero Key stands
// for a file that was not read.
type Key [sha256.Size]byte

// KeyOf returns the key of an encoded photograph.
func KeyOf(file []byte) Key { return sha256.Sum256(file) }

// String is the key as 64 hexadecimal digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }
