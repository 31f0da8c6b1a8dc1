// Command bare feeds a trunk with ready pixels, one goroutine a core on one
// shared session, and says how many images a second it runs: what is left when
// nothing has to be read, decoded or written. Loading the trunk is not counted.
//
//	bare TRUNK FOLDER N     N crops, those of the photographs in FOLDER over and over
package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
	"graft/onnx"
	"graft/onnx/ort"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: bare TRUNK FOLDER N, got %q", args)
	}
	n, err := strconv.ParseInt(args[2], 10, 32)
	if err != nil {
		return err
	}
	encoded, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	m, err := onnx.Decode(encoded)
	if err != nil {
		return err
	}
	t, err := onnx.DescribeTrunk(m)
	if err != nil {
		return err
	}
	tr, err := trunk.Transform(t, trunk.Adjust{})
	if err != nil {
		return err
	}
	crops, err := ready(ctx, args[1], tr)
	if err != nil {
		return err
	}
	s, err := ort.Open(ctx, encoded, ort.Options{Outputs: []string{onnx.Features}})
	if err != nil {
		return err
	}
	defer s.Close()
	begin := time.Now()
	if err := feed(ctx, s, crops, tr, n); err != nil {
		return err
	}
	fmt.Printf("%.4f images/s\n", float64(n)/time.Since(begin).Seconds())
	return nil
}

// ready decodes the first 64 photographs of a folder.
func ready(ctx context.Context, folder string, tr pixels.Transform) ([][]byte, error) {
	data, err := dataset.Scan(ctx, folder, dataset.Options{})
	if err != nil {
		return nil, err
	}
	defer data.Close()
	var crops [][]byte
	first := data.Part(data.Samples[:min(64, len(data.Samples))])
	for crop, err := range extractor.Crops(ctx, first, extractor.CropSettings{Transform: tr}) {
		if err = cmp.Or(err, crop.Err); err != nil {
			return nil, err
		}
		crops = append(crops, crop.Pixels)
	}
	return crops, nil
}

// feed runs n crops through the session.
func feed(ctx context.Context, s *ort.Session, crops [][]byte, tr pixels.Transform, n int64) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range s.Workers() {
		g.Go(func() error {
			out := [][]float32{make([]float32, s.Dims()[0])}
			for i := next.Add(1) - 1; i < n; i = next.Add(1) - 1 {
				if err := s.Run(ctx, crops[i%int64(len(crops))], 1, tr.Height(), tr.Width(), out); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
