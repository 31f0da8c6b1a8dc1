package extractor_test

import (
	"context"
	"fmt"
	"log"

	"graft/extractor"
	"graft/extractor/dataset"
	"graft/extractor/pixels"
)

// brightness is a trunk with one output of one column: the mean of a crop's
// bytes. A real one is a session of ONNX Runtime.
type brightness struct{}

func (brightness) Run(_ context.Context, pixels []byte, n, h, w int, features [][]float32) error {
	for i := range n {
		sum := 0
		for _, v := range pixels[i*h*w*3 : (i+1)*h*w*3] {
			sum += int(v)
		}
		features[0][i] = float32(sum) / float32(h*w*3)
	}
	return nil
}

func (brightness) Dims() []int  { return []int{1} }
func (brightness) Workers() int { return 2 }
func (brightness) Batch() int   { return 1 }
func (brightness) Close() error { return nil }

// Features of a few photographs, in the order of the data.
func Example() {
	ctx := context.Background()
	d, err := dataset.Scan(ctx, "../testdata/demo", dataset.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()

	e := &extractor.Extractor{
		Open:      func(context.Context) (extractor.Trunk, error) { return brightness{}, nil },
		Transform: pixels.Transform{Resize: 64, Crop: 64, EXIF: pixels.ApplyEXIF},
	}
	few := d.Part(d.Samples[:3])
	err = e.Each(ctx, few, func(i int, o extractor.Outcome, computed []extractor.Features) error {
		if o.Err != nil {
			return o.Err
		}
		fmt.Printf("%s %s %.0f\n", few.Samples[i].Path, o.Info.Format, computed[0].Rows[0])
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// train/butterflies/00.jpg JPEG [94]
	// train/butterflies/01.jpg JPEG [113]
	// train/butterflies/02.jpg JPEG [113]
}

// The crops themselves, with an augmented view of each.
func ExampleCrops() {
	ctx := context.Background()
	d, err := dataset.Scan(ctx, "../testdata/demo", dataset.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	settings := extractor.CropSettings{Transform: pixels.Transform{Resize: 64, Crop: 64, EXIF: pixels.ApplyEXIF}, Views: 1}
	for crop, err := range extractor.Crops(ctx, d.Part(d.Samples[:2]), settings) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(crop.Sample.Path, len(crop.Pixels), len(crop.Views), crop.Err)
	}
	// Output:
	// train/butterflies/00.jpg 12288 1 <nil>
	// train/butterflies/01.jpg 12288 1 <nil>
}
