package main

import (
	"github.com/urfave/cli/v2"

	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// limitFlags say what is refused before it costs memory.
func limitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.Int64Flag{Name: "max-pixels", Action: atLeast[int64]("max-pixels", 1), Usage: "refuse images of more than `N` pixels", DefaultText: "179 million"},
		&cli.Int64Flag{Name: "max-bytes", Action: atLeast[int64]("max-bytes", 1), Usage: "refuse files of more than `N` bytes", DefaultText: "256 MiB"},
	}
}

// atLeast is the Action of a flag that takes no smaller number.
func atLeast[T int | int64](name string, least T) func(*cli.Context, T) error {
	return func(_ *cli.Context, v T) error {
		if v < least {
			return usagef("--%s is %d; it must be at least %d", name, v, least)
		}
		return nil
	}
}

// limitsOf are the limits of a decoder.
func limitsOf(c *cli.Context) pixels.Limits {
	return pixels.Limits{Pixels: c.Int64("max-pixels"), Bytes: c.Int64("max-bytes")}
}

// dataOptions say how data is scanned and read.
func dataOptions(c *cli.Context) dataset.Options {
	return dataset.Options{List: c.String("list"), MaxBytes: c.Int64("max-bytes")}
}

// jpegDecoders are the values of --jpeg.
var jpegDecoders = map[string]string{"turbojpeg": pixels.TurboJPEG, "own": pixels.OwnJPEG}

func jpegFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "jpeg", EnvVars: []string{"GRAFT_JPEG"},
		Usage: "decode JPEGs with `DECODER`, turbojpeg or own; the pixels are the same", DefaultText: "turbojpeg where it is installed",
		Action: func(_ *cli.Context, v string) error {
			if _, ok := jpegDecoders[v]; !ok && v != "" {
				return usagef("--jpeg is %q; it must be turbojpeg or own", v)
			}
			return nil
		},
	}
}
