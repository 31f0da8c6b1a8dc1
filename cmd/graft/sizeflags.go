package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// sizeFlag takes pixels, or HEIGHTxWIDTH.
func sizeFlag(name, usage string) cli.Flag {
	return &cli.StringFlag{Name: name, Usage: usage, DefaultText: "what suits the trunk", Action: func(_ *cli.Context, text string) error {
		if _, err := trunk.ParseSize(text); err != nil {
			return usagef("--%s: %w", name, err)
		}
		return nil
	}}
}

// sizeOf is the value of a sizeFlag; zero without one.
func sizeOf(c *cli.Context, name string) trunk.Size {
	size, _ := trunk.ParseSize(c.String(name)) // its Action has seen it
	return size
}

func cropPctFlag() cli.Flag {
	return &cli.Float64Flag{Name: "crop-pct", Usage: "instead of --resize: the crop divided by `FRACTION`, rounded down, as timm does", Action: func(c *cli.Context, v float64) error {
		if !(v > 0) {
			return usagef("--crop-pct is %g; it must be greater than 0", v)
		}
		if c.IsSet("resize") {
			return usagef("--crop-pct and --resize say the same thing")
		}
		return nil
	}}
}

// Values of --interpolation and --resize-mode.
var (
	interpolations = named(pixels.Bilinear, pixels.Bicubic, pixels.Lanczos, pixels.Box, pixels.Hamming, pixels.Nearest)
	resizeModes    = named(pixels.ResizeShortest, pixels.ResizeSquash, pixels.ResizePad)
)

func named(names ...string) map[string]string {
	m := map[string]string{}
	for _, name := range names {
		m[name] = name
	}
	return m
}

func interpolationFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "interpolation", Usage: "resize with `FILTER`: " + strings.Join(slices.Sorted(maps.Keys(interpolations)), ", "),
		DefaultText: "what suits the trunk", Action: oneOf("interpolation", interpolations),
	}
}

func resizeModeFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "resize-mode", Usage: "what becomes --resize pixels: the short side (`shortest`), both (squash), or the long one, the rest padded (longest-pad)",
		DefaultText: "what suits the trunk", Action: oneOf("resize-mode", resizeModes),
	}
}
