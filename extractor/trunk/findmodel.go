package trunk

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// FindModel is the model in a folder that a person named: one of the names that
// exporters write, there or in its folder onnx, else its only .onnx file. A path
// of a file is returned as it is.
func FindModel(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read the model: %w", err)
	}
	if !info.IsDir() {
		return path, nil
	}
	for _, name := range []string{"model.onnx", "onnx/model.onnx", "vision_model.onnx", "onnx/vision_model.onnx"} {
		if file := filepath.Join(path, filepath.FromSlash(name)); isFile(file) {
			return file, nil
		}
	}
	var found []string
	for _, pattern := range []string{"*.onnx", "onnx/*.onnx"} {
		list, _ := filepath.Glob(filepath.Join(escapeGlob(path), filepath.FromSlash(pattern)))
		found = append(found, list...)
	}
	slices.Sort(found)
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%s holds no .onnx file", path)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%s holds several models: %s; name one of them", path, strings.Join(found, ", "))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// escapeGlob makes a pattern that only matches the path itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(path)
}
