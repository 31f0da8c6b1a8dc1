package trunk

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"graft/onnx"
)

// Import makes a trunk of the ONNX image model at path and writes it to out. A
// zero Name is the file's, a zero Source names the file and its SHA-256.
func Import(path string, o onnx.ImportOptions, out string) (*Built, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	m, err := onnx.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", path, err)
	}
	if o.Source == "" {
		o.Source = fmt.Sprintf("model %s, SHA-256 %s", filepath.Base(path), onnx.Fingerprint(file))
	}
	if o.Name == "" {
		o.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	m, err = onnx.Import(m, o)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", path, err)
	}
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w", path, err)
	}
	sum, err := WriteModel(out, m)
	if err != nil {
		return nil, err
	}
	return &Built{Path: out, SHA256: sum, Trunk: t}, nil
}
