package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/urfave/cli/v2"

	"graft/onnx"
	"graft/onnx/ort"
)

// A trunkFile is a trunk on disk, and what it says of itself.
type trunkFile struct {
	onnx.Trunk
	path    string
	sha256  string
	encoded []byte // nil once a session has it
}

// readTrunk reads a trunk and checks that it is one.
func readTrunk(path string) (*trunkFile, error) {
	encoded, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the trunk: %w", err)
	}
	m, err := onnx.Decode(encoded)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", path, err)
	}
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", path, err)
	}
	return &trunkFile{Trunk: t, path: path, sha256: onnx.Fingerprint(encoded), encoded: encoded}, nil
}

// findTrunk reads the trunk that was asked for: --trunk, $GRAFT_TRUNK, or the
// cache's default. It says so if the trunk is untrained.
func findTrunk(c *cli.Context) (*trunkFile, error) {
	path := c.String("trunk")
	if path == "" {
		var err error
		if path, err = cachePath("trunks", defaultTrunk); err != nil {
			return nil, err
		}
	}
	t, err := readTrunk(path)
	if errors.Is(err, fs.ErrNotExist) && c.String("trunk") == "" {
		return nil, withHint(errors.New("there is no trunk yet"), `"graft trunk fetch" downloads the official one; --trunk FILE names another`)
	}
	if err != nil {
		return nil, err
	}
	warnOf(c, t.Trunk)
	return t, nil
}

// findTrunkOf reads the trunk that a head was trained on: the one asked for if
// there is one, which must be the right one, else the one with its fingerprint
// among those in the cache.
func findTrunkOf(c *cli.Context, h *headFile) (*trunkFile, error) {
	if c.String("trunk") != "" {
		t, err := findTrunk(c)
		if err == nil && t.sha256 != h.trunk {
			err = withHint(fmt.Errorf("head %q was trained on the trunk with SHA-256 %.16s…, not on %q (%.16s…)", h.path, h.trunk, t.path, t.sha256),
				"name the head's own trunk with --trunk, or train another head")
		}
		return t, err
	}
	folder, err := cachePath("trunks")
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.onnx"))
	if err != nil {
		return nil, fmt.Errorf("look for trunks: %w", err)
	}
	for _, path := range paths {
		if t, err := readTrunk(path); err == nil && t.sha256 == h.trunk {
			warnOf(c, t.Trunk)
			return t, nil
		}
	}
	return nil, withHint(fmt.Errorf("head %q was trained on the trunk with SHA-256 %.16s…, which is not among the %d in %s", h.path, h.trunk, len(paths), folder),
		"name it with --trunk FILE")
}

// warnOf says what users should know of a trunk before they trust it.
func warnOf(c *cli.Context, t onnx.Trunk) {
	if !t.Trained {
		say(c.App.ErrWriter, "trunk %q is untrained: its features, and what is trained on them, mean nothing", t.Name)
		return
	}
	for _, note := range t.Notes {
		say(c.App.ErrWriter, "trunk %q: %s", t.Name, note)
	}
}

// tapDims gives the dimensions of some outputs of a trunk.
func (t *trunkFile) tapDims(taps []string) ([]int, error) {
	var dims []int
	for i, tap := range taps {
		if slices.Contains(taps[:i], tap) {
			return nil, usagef("the tap %q is named twice", tap)
		}
		d := t.Dim(tap)
		if d == 0 || tap == "" {
			var names []string
			for _, t := range t.Taps {
				names = append(names, t.Name)
			}
			return nil, usagef("trunk %q has no tap %q; it has %q", t.path, tap, names)
		}
		dims = append(dims, d)
	}
	return dims, nil
}

// open loads ONNX Runtime and starts a session that gives some outputs of the
// trunk. The session has a copy of the weights, so the file's is given up.
func (t *trunkFile) open(ctx context.Context, o ort.Options, taps []string) (*ort.Session, error) {
	encoded, err := t.content()
	if err != nil {
		return nil, err
	}
	o.Outputs = taps
	s, err := ort.Open(ctx, encoded, o)
	if err != nil {
		return nil, fmt.Errorf("trunk %q: %w", t.path, err)
	}
	t.encoded, encoded = nil, nil
	debug.FreeOSMemory()
	return s, nil
}

// content is the encoded trunk, read again if it was given up.
func (t *trunkFile) content() ([]byte, error) {
	if t.encoded != nil {
		return t.encoded, nil
	}
	again, err := readTrunk(t.path)
	if err == nil && again.sha256 != t.sha256 {
		err = fmt.Errorf("trunk %q has changed since it was opened", t.path)
	}
	if err != nil {
		return nil, err
	}
	return again.encoded, nil
}
