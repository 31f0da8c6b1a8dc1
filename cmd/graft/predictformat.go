package main

import (
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/cmd/graft/internal/ui"
	"graft/extractor/features/export"
	"graft/head/predictions"
)

// formatOption is that of --format, or the one that --out ends in.
func formatOption(c *cli.Context) (string, error) {
	named, out := c.String("format"), c.String("out")
	format := predictions.FormatOf(out)
	switch {
	case named != "":
		format = predictions.Compressed(named, export.CompressionOf(out))
	case out == "" || isDevice(out):
		format = "csv"
	}
	switch formats := strings.Join(predictions.Formats, ", "); {
	case format == "" && predictions.Compressed(named, "") != "":
		return "", usagef("--format is %s, which is compressed in itself; --out is %q", named, out)
	case format == "" && named != "":
		return "", usagef("--format is %q; it must be one of %s", named, formats)
	case format == "":
		return "", withHint(usagef("--out is %q, which does not end in a format: %s, those of text also .gz or .zst", out, formats), "--format says what to write whatever the name")
	}
	if format == "parquet" && out == "" && ui.IsTerminal(c.App.Writer) {
		return "", usagef("parquet is not for a terminal; --out FILE writes it to a file")
	}
	return format, nil
}

// isDevice reports whether a path is that of a device or a pipe, which has no
// name that could say a format.
func isDevice(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && !info.Mode().IsRegular()
}
