package main

import (
	"context"
	"fmt"

	"graft/cmd/graft/internal/show"
	"graft/cmd/graft/internal/ui"
	"graft/extractor/ingest"
)

type verifyOf struct {
	path     string
	ingest   ingest.Options
	settings ingest.VerifySettings
}

// runVerify is "extract --verify".
func runVerify(ctx context.Context, t ui.Terminal, o verifyOf) error {
	found, err := watched(t, o.ingest.Progress, func() ([]*ingest.Verification, error) {
		return ingest.Verify(ctx, o.path, o.ingest, o.settings)
	})
	wrong := err
	for _, v := range found {
		if len(found) > 1 {
			fmt.Fprintln(t.Out, v.Dir)
		}
		show.Verification(t.Out, v)
		if err := v.Err(); wrong == nil {
			wrong = err
		} else if err != nil {
			reportError(t, err) // the first one comes last
		}
	}
	return wrong
}
