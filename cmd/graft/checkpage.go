package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"graft/extractor"
	"graft/extractor/durable"
	"graft/head/audit"
)

// writePage writes the report as a page.
func (s *survey) writePage(c *cli.Context, out string, r *audit.Report) error {
	t := extractor.NewThumbnailer(s.data, s.transform, limitsOf(c), nil)
	thumbnail := func(path string) []byte {
		b, err := t.Thumbnail(path)
		if err != nil {
			return nil
		}
		return b
	}
	return durable.Write(out, func(w io.Writer) error { return r.WritePage(w, thumbnail) })
}
