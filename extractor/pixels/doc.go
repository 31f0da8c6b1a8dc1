// Package pixels turns one encoded image file into one crop of RGB bytes, exactly as torchvision
// does on Pillow: decode, RGB, Resize (short side, bilinear with antialias), CenterCrop; or with
// another filter of Pillow's, another way to resize and a crop that is not square, as timm,
// open_clip and transformers (with its processors on Pillow) do.
// [NewDecoder] takes the Transform and [Decoder.Crop] a file; [Decoder.Inspect] reads its header.
//
// The bytes of a crop are a function of the file and the Transform alone: they are the same on
// every machine and with every decoder that is installed. The reference is Pillow 13.
//
// The way of a file through the package:
//
//	format.go      what kind of file it is, by its first bytes    JPEG, PNG, BMP, TIFF, WebP, PNM, GIF
//	limits.go      whether it is too large, before anything is allocated for its pixels
//	exif.go        which way up it is
//	geometry.go    which part of it is resized to what, or view.go which part a view shows
//	weights.go     with which weights, filter.go by which filter
//	png.go …       its rows, one after another, as RGB
//	resample.go    the rows to the crop, as they come
//
// So a photograph is never in memory as a whole, unless its format asks for that (interlaced PNG and
// GIF, WebP, run-length BMP, zstd in TIFF) or libturbojpeg decodes it.
//
// # What Pillow's convert("RGB") does, and graft too
//
// Alpha, tRNS and extra samples are dropped, not composited. Gray is repeated, palettes are
// expanded, 16-bit colour keeps its high byte; but gray of more than 8 bits is clipped at 0 and 255,
// and floating point cut to whole numbers. Of animations the first frame counts. A TIFF is turned by
// its orientation even with EXIF "ignore". Transform.Alpha and Transform.Gray16 do what people mean.
//
// # Where graft differs from Pillow
//
// It refuses some files that Pillow reads: those whose image data stop before the last row, where
// Pillow goes on with black (zlib data in PNG) or gray (JPEG in TIFF); PNG with a wrong checksum of
// the image data, also where Pillow does not get to see it; fax with damaged rows; and TIFF of the
// kinds that tiffReader does not name. It reads some that Pillow refuses: WebP whose alpha or whose
// later frames are damaged, TIFF with harmless mistakes in its directory, big-endian BigTIFF. A
// broken EXIF block counts as none, where Pillow fails. Of two kinds of TIFF Pillow mistakes the
// bytes, and graft does not: compressed big-endian gray of 32 bits, or of 16 with a sign, and
// uncompressed YCbCr with less chroma than luma; of PNG with one transparent gray of 2 or 4 bits it
// mistakes which. Where both read another file, the crop is the same.
package pixels
