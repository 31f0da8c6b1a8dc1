// Package testdata carries the small trunk that travels with graft.
package testdata

import _ "embed"

// Seedling is a checkpoint (.safetensors, half precision) of Inception v3 at a
// quarter of the width, trained on drawings; scripts/seedling/README.md tells
// how. Its metadata says what it was trained on and which transform suits it.
//
//go:embed seedling.safetensors
var Seedling []byte
