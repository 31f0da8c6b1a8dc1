package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// The cache, <user cache>/graft, holds what can be made again:
//
//	onnxruntime/<flavour>-<version>/   the libraries that scripts/setup puts there
//	trunks/*.onnx                      inception_v3.onnx is the default trunk
//	features/<hash>/                   features, a directory a trunk and transform
//	downloads/                         unfinished downloads

// defaultTrunk is the trunk that is used when none is named.
const defaultTrunk = "inception_v3.onnx"

// cachePath joins names to the place of the cache.
func cachePath(names ...string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", withHint(fmt.Errorf("find the user's cache directory: %w", err), "set $XDG_CACHE_HOME or $HOME")
	}
	return filepath.Join(append([]string{base, "graft"}, names...)...), nil
}
