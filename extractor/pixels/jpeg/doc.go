// Package jpeg decodes JPEG files to the samples that libjpeg-turbo gives, bit for bit:
// [Decoder.Config] reads a header, [Decoder.Decode] the picture.
//
// A trunk was trained on pixels that libjpeg made, and another decoder's rounding, chroma
// interpolation or colour arithmetic moves its features. So every step here is libjpeg's: the
// "islow" inverse transform, the triangle filter for halved chroma, the 16-bit colour tables, and
// what Pillow makes of CMYK. It reads baseline, extended and progressive Huffman-coded files of 8
// bits and one, three or four components, with every sampling that libjpeg reads.
//
// The way of a file through the package, one file of it a step:
//
//	header.go       segments up to the first scan          T.81 annex B, jdmarker.c
//	tables.go       quantisation and Huffman tables        T.81 B.2.4
//	frame.go        geometry of components and blocks      T.81 A.1–A.2, jdinput.c, jdmaster.c
//	scan.go         a scan's parameters, restart markers   T.81 B.2.3, E.2.4, jdmarker.c
//	bits.go         bytes to bits                          T.81 F.2.2.5, jdhuff.c
//	huffman.go      bits to symbols                        T.81 F.2.2.3, jdhuff.c
//	sequential.go   symbols to blocks of coefficients      T.81 F.2.2, jdhuff.c
//	progressive.go  the same, a little in each scan        T.81 G.2, jdphuff.c
//	multiscan.go    pictures in several scans              T.81 A.2, jdcoefct.c
//	smoothing.go    coefficients that no scan told         jdcoefct.c
//	idct.go         coefficients to samples                T.81 A.3.3, jidctint.c
//	idctoverflow.go the same where sums overflow           simd/x86_64/jidctint-avx2.asm
//	reduced.go      the same to fewer samples              jidctred.c
//	upsample.go     components to full size                jdsample.c
//	color.go        components to RGB                      jdcolor.c, Pillow's Convert.c
//	decode.go       all of it, a row of MCUs at a time     jdcoefct.c, jdapistd.c
//	decoder.go      what callers see
//
// T.81 is the standard, ITU-T Rec. T.81 | ISO/IEC 10918-1; the .c files are libjpeg-turbo's.
package jpeg

import "fmt"

// A FormatError says that a file is broken: it is not what its first bytes promise, it ends too
// early, or the reference decoder refuses it. The text is a whole reason, such as "PNG is truncated:
// the data ends in row 12 of 40".
type FormatError string

// Error is what went wrong, in words.
func (e FormatError) Error() string { return string(e) }

// An UnsupportedError says that a file may be in order, but is of a kind that graft does not read.
type UnsupportedError string

// Error is what went wrong, in words.
func (e UnsupportedError) Error() string { return string(e) }

const errTruncated = FormatError("JPEG is truncated: image file is truncated")

func broken(format string, args ...any) error {
	return FormatError("JPEG is broken: " + fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return UnsupportedError("JPEG is of a kind that graft does not read: " + fmt.Sprintf(format, args...))
}
