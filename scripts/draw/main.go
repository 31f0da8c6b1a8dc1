// Command draw makes the pictures that graft is tried on without downloads.
//
//	go run ./scripts/draw --demo testdata/demo     the demo's photographs
//	go run ./scripts/draw --sheet sheet.png        one PNG with pictures of every training class
//	go run ./scripts/draw --folder DIR --each 2    2 pictures of every training class, as an ImageFolder
//	go run ./scripts/draw --classes                the training classes, a line each
//	go run ./scripts/draw --raw --size 160 --first 0 --count 1000 > pictures.rgb
//
// With --raw it writes the training pictures one after another as size×size
// pixels, RGB, one byte each; picture i shows class i mod n of the n that
// --classes lists. The same seed and number give the same picture, whatever
// else is drawn and on however many cores.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"graft/scripts/draw/demo"
	"graft/scripts/draw/school"
)

type options struct {
	demo, sheet, folder string
	list, raw           bool
	seed                uint64
	size, each          int
	first, count        int
}

func main() {
	var o options
	flag.StringVar(&o.demo, "demo", "", "write the demo's photographs under this `folder`")
	flag.StringVar(&o.sheet, "sheet", "", "write a contact sheet to this PNG `file`")
	flag.StringVar(&o.folder, "folder", "", "write pictures of every training class under this `folder`")
	flag.IntVar(&o.each, "each", 1, "with --folder: how many of a class")
	flag.BoolVar(&o.list, "classes", false, "list the training classes")
	flag.BoolVar(&o.raw, "raw", false, "write training pictures to stdout")
	flag.Uint64Var(&o.seed, "seed", 0, "seed")
	flag.IntVar(&o.size, "size", 160, "side of a picture in pixels")
	flag.IntVar(&o.first, "first", 0, "number of the first picture")
	flag.IntVar(&o.count, "count", 100, "how many pictures")
	flag.Parse()
	if err := run(o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "draw:", err)
		os.Exit(1)
	}
}

func run(o options, out io.Writer) error {
	if o.size < 8 || o.size > 4096 || o.count < 0 || o.first < 0 {
		return fmt.Errorf("size %d, first %d, count %d: want a size of 8…4096 and no negative number", o.size, o.first, o.count)
	}
	switch {
	case o.demo != "":
		return writeDemo(o.demo)
	case o.sheet != "":
		return writeSheet(o.sheet, append(school.Classes(), demo.Classes()...), o.seed)
	case o.folder != "":
		for _, c := range school.Classes() {
			if err := writeClass(filepath.Join(o.folder, c.Name), c, 0, o.each); err != nil {
				return err
			}
		}
		return nil
	case o.list:
		for _, c := range school.Classes() {
			fmt.Fprintln(out, c.Name)
		}
		return nil
	case o.raw:
		w := bufio.NewWriterSize(out, 1<<20)
		if err := writeRaw(w, o); err != nil {
			return err
		}
		return w.Flush()
	}
	return fmt.Errorf("nothing to draw: say --demo, --sheet, --folder, --classes or --raw")
}
