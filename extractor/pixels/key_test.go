package pixels

import "testing"

func TestKeyOf(t *testing.T) {
	// printf abc | sha256sum
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := KeyOf([]byte("abc")).String(); got != want {
		t.Errorf("key %s, want %s", got, want)
	}
}
