// Package seedling carries the seedling, a small trunk of graft's own that was
// trained on drawings: for trials where nothing can be downloaded.
package seedling

import _ "embed"

// Checkpoint is a checkpoint (.safetensors, half precision) of Inception v3 at
// [Width], trained on drawings; scripts/seedling/README.md tells how. Its
// metadata says what it was trained on and which transform suits it.
//
//go:embed seedling.safetensors
var Checkpoint []byte

// Width is the factor that every channel count of the network is multiplied
// with.
const Width = 0.25
