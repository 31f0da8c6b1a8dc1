package checkpoint

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// The formats.
const (
	formatSafetensors = "safetensors"
	formatZip         = "torch zip"
	formatLegacy      = "torch pickle"
)

// sniff returns the format of a file by its first bytes; "" if it is none.
func sniff(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return formatZip
	case len(head) >= 2 && head[0] == opProto && head[1] >= 2 && head[1] <= 5:
		return formatLegacy
	case len(head) > 8 && head[8] == '{':
		return formatSafetensors
	}
	return ""
}

// mistaken are other files that are often given as a checkpoint.
var mistaken = []struct{ prefix, what string }{
	{"<", "a web page or XML (often the page of a proxy or a login instead of the file)"},
	{"version https://git-lfs", "a Git LFS pointer (run \"git lfs pull\")"},
	{"\x89HDF", "an HDF5 file (Keras)"},
	{"GGUF", "a GGUF file"},
	{"\x1f\x8b", "gzip data (unpack it first)"},
	{"BZh", "bzip2 data (unpack it first)"},
	{"\xfd7zXZ", "xz data (unpack it first)"},
	{"\x93NUMPY", "a NumPy array"},
	{"{", "JSON text"},
}

// describe says in a few words what a file of no known format is.
func describe(head []byte) string {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 {
		return "is an empty file"
	}
	for _, s := range mistaken {
		if bytes.HasPrefix(trimmed, []byte(s.prefix)) {
			return "is " + s.what
		}
	}
	if len(head) >= 262 && string(head[257:262]) == "ustar" {
		return "is a tar archive (PyTorch before 0.1.10 wrote such files; load and save it with a newer one)"
	}
	if len(head) > 8 {
		if n := binary.LittleEndian.Uint64(head); n > 0 && n < maxHeader {
			return fmt.Sprintf("begins with % x and byte 8 is 0x%02x where .safetensors has '{'", head[:8], head[8])
		}
	}
	return fmt.Sprintf("begins with % x", head[:min(8, len(head))])
}
