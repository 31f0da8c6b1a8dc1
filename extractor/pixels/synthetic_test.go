package pixels

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// Models that were compared on synthetic crops were compared on these bytes.
func TestSyntheticStaysTheSame(t *testing.T) {
	crops := Synthetic(4, 20, 20)
	sum := sha256.New()
	for _, c := range crops {
		if len(c) != 3*20*20 {
			t.Fatalf("a crop of %d bytes", len(c))
		}
		sum.Write(c)
	}
	const want = "927f42c9433d8080a49507ae739e1e0d5a48bf2d4baf7c683ea18a317bf639c5"
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		t.Errorf("SHA-256 %s, want %s", got, want)
	}
	if !bytes.Equal(crops[0][:3], crops[0][57:60]) || bytes.Equal(crops[3][:3], crops[3][3:6]) {
		t.Error("the first crop is one patch, the pixels of the last are patches of their own")
	}
}
