package main

import (
	"graft/cmd/graft/internal/ui"
	"graft/extractor"
)

// watched does some work while its progress is shown, and its notes are printed.
func watched[T any](t ui.Terminal, p *extractor.Progress, work func() (T, error)) (T, error) {
	shown := t.Follow(ui.Extraction{Progress: p})
	defer shown.Stop()
	return work()
}
