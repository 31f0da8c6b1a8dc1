package pixels_test

import (
	"fmt"
	"log"
	"os"

	"graft/extractor/pixels"
)

// A photograph as Inception v3 sees it: 299×299 pixels of the middle of what was resized to 342.
func Example() {
	file, err := os.ReadFile("../../testdata/golden/pixels/exif6.jpg")
	if err != nil {
		log.Fatal(err)
	}
	d := pixels.NewDecoder(pixels.Transform{Resize: 342, Crop: 299, EXIF: pixels.ApplyEXIF}, pixels.Limits{})
	crop := make([]byte, 299*299*3)
	info, err := d.Crop(crop, file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s of %d×%d, EXIF orientation %d\n", info.Format, info.Width, info.Height, info.Orientation)
	fmt.Println("the first pixel:", crop[:3])

	// An augmented view of it; the same seed, key and number give the same pixels everywhere.
	view := pixels.View{Seed: 1, Key: pixels.KeyOf(file), Number: 1}
	if _, err := d.View(crop, file, view); err != nil {
		log.Fatal(err)
	}
	fmt.Println("the first pixel of a view:", crop[:3])
	// Output:
	// JPEG of 45×34, EXIF orientation 6
	// the first pixel: [28 81 186]
	// the first pixel of a view: [51 102 165]
}
