package dataset

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A kind is what a file's name says of its content.
type kind int

const (
	otherKind kind = iota
	imageKind      // it is read
	noKind         // it has no extension: its first bytes say what it is
)

// extensions are those of files that are read, lower case.
var extensions = []string{".jpg", ".jpeg", ".jfif", ".jpe", ".jif", ".mpo", ".png", ".ppm", ".bmp", ".dib", ".pgm", ".tif", ".tiff", ".webp"}

var images = setOf(strings.Join(extensions, " "))

// kindOf is what a file's name says.
func kindOf(name string) kind {
	switch ext := extension(name); {
	case ext == "" || ext == ".":
		return noKind
	case images[ext]:
		return imageKind
	}
	return otherKind
}

// IsImage reports whether a file's name says that it is an image that is read.
func IsImage(name string) bool { return kindOf(name) == imageKind }

// extension is that of a file's name in lower case, with its dot.
func extension(name string) string { return strings.ToLower(filepath.Ext(name)) }

// unread are extensions of pictures that are not read, lower case.
var unread = setOf(".heic .heif .hif .avif .gif .jxl .jp2 .j2k .jpf .jpx .jpm .j2c .jpc .jxr .wdp .hdp .tga .psd .psb .xcf .svg .svgz .eps .ai " +
	".ico .icns .cur .pcx .dds .exr .hdr .pfm .pam .pbm .pnm .xbm .xpm .sgi .rgb .ras .qoi .flif .mng .apng .jng .jps .pns .wmf .emf .pict .pct .insp " +
	".dng .cr2 .cr3 .crw .nef .nrw .arw .srf .sr2 .raf .rw2 .rwl .orf .pef .srw .x3f .3fr .fff .iiq .kdc .dcr .mrw .raw .dcm .dicom .nii .fits .fit .fts .czi .lif .nd2 .svs .ndpi .djvu")

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// isUnread reports whether files of an extension are pictures that are not read. One that goes on
// behind a known one, as .jpg!d and .jpg_large of the web, is such an extension.
func isUnread(ext string) bool {
	if unread[ext] {
		return true
	}
	rest := strings.TrimLeft(strings.TrimPrefix(ext, "."), "abcdefghijklmnopqrstuvwxyz0123456789")
	known := strings.TrimSuffix(ext, rest)
	return rest != "" && (unread[known] || images[known])
}

// NotRead counts the pictures that are not read, by extension, most first: the part of Others that
// people should know of. Texts, tables and what systems leave behind are none.
func (d *Dataset) NotRead() []Count { return pictures(d.Others) }

func pictures(others []Count) []Count {
	var list []Count
	for _, c := range others {
		if isUnread(c.Name) {
			list = append(list, c)
		}
	}
	return list
}

// leftOut is the note about pictures that are not read, "" if there are none.
func leftOut(others []Count) string {
	list := pictures(others)
	if list == nil {
		return ""
	}
	n := 0
	for _, c := range list {
		n += c.N
	}
	if n == 1 {
		return fmt.Sprintf("1 picture is not read, by its extension: %s", kindsOf(list))
	}
	return fmt.Sprintf("%d pictures are not read, by their extensions: %s", n, kindsOf(list))
}

// maxKinds is how many extensions are named at once.
const maxKinds = 8

// kindsOf is "500 .heic, 2 .gif".
func kindsOf(list []Count) string {
	var kinds []string
	for i, c := range list {
		if i == maxKinds {
			kinds = append(kinds, fmt.Sprintf("and %d other kinds", len(list)-i))
			break
		}
		name := c.Name
		if strings.Trim(c.Name, ".") == "" {
			name = "without extension"
		}
		kinds = append(kinds, fmt.Sprintf("%d %s", c.N, name))
	}
	return strings.Join(kinds, ", ")
}

// sniffed is how many of a file's first bytes looksLikeImage wants.
const sniffed = 32

// looksLikeImage reports whether a file of no extension begins like one that is read.
func looksLikeImage(begin []byte) bool {
	for _, magic := range []string{"\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "II*\x00", "MM\x00*", "II+\x00", "MM\x00+"} {
		if bytes.HasPrefix(begin, []byte(magic)) {
			return true
		}
	}
	switch {
	case len(begin) < 18:
		return false
	case string(begin[:4]) == "RIFF":
		return string(begin[8:12]) == "WEBP"
	case string(begin[:2]) == "BM": // a text may begin so; the size of the second header tells
		return bytes.Equal(begin[6:10], make([]byte, 4)) && (begin[14] == 12 || begin[14] >= 40 && begin[14] <= 124) && begin[15] == 0
	}
	return begin[0] == 'P' && strings.IndexByte("2356", begin[1]) >= 0 && strings.IndexByte(" \t\r\n", begin[2]) >= 0 && strings.IndexByte("#0123456789", begin[3]) >= 0
}

// beginsLikeImage reports whether a regular file begins like an image. One that cannot be read does
// not.
func beginsLikeImage(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	return looksLikeImage(beginning(f))
}

// beginning reads the first bytes of a file.
func beginning(r io.Reader) []byte {
	begin := make([]byte, sniffed)
	n, _ := io.ReadFull(r, begin)
	return begin[:n]
}
