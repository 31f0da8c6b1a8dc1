package show

import (
	"errors"
	"fmt"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/trunk"
	"graft/onnx"
)

// Built says which trunk was written, and what to know of it.
func Built(t ui.Terminal, b *trunk.Built) {
	t.Say("wrote %s, SHA-256 %.16s…", b.Path, b.SHA256)
	t.Notes(trunk.Warnings(b.Trunk))
}

// Imported says what was decided, tried and written.
func Imported(t ui.Terminal, b *trunk.Imported) {
	t.Notes(b.Notes)
	if b.Trial != "" {
		t.Say("%s", b.Trial)
	}
	Built(t, &b.Built)
}

// Candidates lists what could become the features, if the error is that this
// is not clear; it returns the error.
func Candidates(t ui.Terminal, err error) error {
	var unclear *onnx.OutputError
	if errors.As(err, &unclear) {
		for _, c := range unclear.Candidates {
			t.Say("candidate %v", c)
		}
	}
	return err
}

// Download says how the checkpoint was had.
func Download(t ui.Terminal, weights string, got *trunk.Download) {
	switch {
	case got.Present:
		t.Say("%s is there already, SHA-256 %.16s…", weights, got.SHA256)
	case got.Resumed > 0:
		t.Say("downloaded %d bytes (%d of them earlier), SHA-256 %.16s…", got.Bytes, got.Resumed, got.SHA256)
	default:
		t.Say("downloaded %d bytes, SHA-256 %.16s…", got.Bytes, got.SHA256)
	}
}

// ImportCommand is what makes a trunk of a model, of its first candidate.
func ImportCommand(path string, candidates []onnx.Candidate) string {
	command := fmt.Sprintf("graft trunk import %s --preset imagenet", path)
	if len(candidates) > 0 {
		command += " --output " + candidates[0].Name
		if candidates[0].Tokens {
			command += " --pool cls"
		}
	}
	return command
}
