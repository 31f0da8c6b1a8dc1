package main

import (
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// rgb reads a flag that holds a number for each of red, green and blue, or one
// for all; zeros if it was not given.
func rgb(c *cli.Context, flag string) (v [3]float32, err error) {
	values, err := channels(c, flag)
	for i := range v {
		if len(values) > 0 {
			v[i] = float32(values[i%len(values)])
		}
	}
	return v, err
}

// channels reads a flag that holds one number, or one for each of red, green
// and blue; nil if it was not given. A number may be a fraction: 128/255.
func channels(c *cli.Context, flag string) ([]float64, error) {
	if !c.IsSet(flag) {
		return nil, nil
	}
	parts := strings.Split(c.String(flag), ",")
	if len(parts) != 1 && len(parts) != 3 {
		return nil, usagef("--%s takes one number or three, got %q", flag, c.String(flag))
	}
	var values []float64
	for _, p := range parts {
		v, err := number(strings.TrimSpace(p))
		if err != nil {
			return nil, usagef("--%s: %q is not a number", flag, p)
		}
		values = append(values, v)
	}
	return values, nil
}

// number reads 0.5 or 128/255.
func number(text string) (float64, error) {
	over, under, fraction := strings.Cut(text, "/")
	v, err := strconv.ParseFloat(over, 64)
	if err != nil || !fraction {
		return v, err
	}
	d, err := strconv.ParseFloat(under, 64)
	return v / d, err
}
