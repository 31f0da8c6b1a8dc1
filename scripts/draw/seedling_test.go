package main

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"graft/onnx/inception/seedling"
	"graft/scripts/draw/demo"
	"graft/scripts/draw/school"
)

// The committed trunk says itself what it was trained on: exactly the classes
// of package school, none of the demo's.
func TestSeedlingWasTrainedOnTheseClasses(t *testing.T) {
	b := seedling.Checkpoint
	if len(b) < 8 || binary.LittleEndian.Uint64(b) > uint64(len(b)-8) {
		t.Fatal("seedling.safetensors has no header")
	}
	var header struct {
		Metadata map[string]string `json:"__metadata__"`
	}
	if err := json.Unmarshal(b[8:8+binary.LittleEndian.Uint64(b)], &header); err != nil {
		t.Fatal(err)
	}
	trained := strings.Split(header.Metadata["classes"], ",")
	var drawn []string
	for _, c := range school.Classes() {
		drawn = append(drawn, c.Name)
	}
	if !slices.Equal(trained, drawn) {
		t.Errorf("seedling was trained on %q, package school draws %q", trained, drawn)
	}
	for _, c := range demo.Classes() {
		if slices.Contains(trained, c.Name) {
			t.Errorf("seedling was trained on %q, a class of the demo", c.Name)
		}
	}
}
