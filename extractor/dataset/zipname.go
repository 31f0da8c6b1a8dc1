package dataset

import (
	"archive/zip"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Where a zip entry was made: the upper byte of CreatorVersion (APPNOTE.TXT 4.4.2).
const (
	madeByUnix  = 3
	madeByMacOS = 19
)

// byUnix reports whether an entry was made where names are UTF-8 and hold backslashes.
func byUnix(f *zip.File) bool {
	maker := f.CreatorVersion >> 8
	return maker == madeByUnix || maker == madeByMacOS
}

// A zipNaming says how the names in an archive are to be read.
type zipNaming struct {
	backslashes bool // folders end in these, whoever made the archive
	slashed     int  // names with backslashes for slashes
}

// zipNames looks at all entries. Folders end in slashes (APPNOTE.TXT 4.4.17); old .NET, and what is
// made by its rules, writes backslashes. They are folders' where a Windows or DOS program made the
// entry, or where no entry has a slash.
func zipNames(files []*zip.File) (n zipNaming) {
	slashes := false
	for _, f := range files {
		slashes = slashes || strings.Contains(f.Name, "/")
	}
	n.backslashes = !slashes
	for _, f := range files {
		if n.slashesFor(f) && strings.Contains(f.Name, `\`) {
			n.slashed++
		}
	}
	return n
}

func (n zipNaming) slashesFor(f *zip.File) bool { return n.backslashes || !byUnix(f) }

// of is the name of an entry, with slashes.
func (n zipNaming) of(f *zip.File) string {
	name := zipName(f)
	if n.slashesFor(f) {
		name = strings.ReplaceAll(name, `\`, "/")
	}
	return name
}

// zipName is the name of an entry as the standard says: UTF-8 if the entry's flag says so; else what
// Info-ZIP's Unicode Path field holds; else code page 437. Names of Unix and macOS that are UTF-8
// without saying so are taken for it: Finder's archives have such.
func zipName(f *zip.File) string {
	const isUTF8 = 1 << 11 // of the general purpose flags (APPNOTE.TXT 4.4.4)
	switch {
	case f.Flags&isUTF8 != 0 || isASCII(f.Name):
		return f.Name
	case unicodePath(f) != "":
		return unicodePath(f)
	case byUnix(f) && utf8.ValidString(f.Name):
		return f.Name
	}
	name, err := charmap.CodePage437.NewDecoder().String(f.Name)
	if err != nil {
		return f.Name
	}
	return name
}

// unicodePath is what Info-ZIP's Unicode Path Extra Field (0x7075, APPNOTE.TXT 4.6.9) says, "" if
// there is none or it belongs to another name:
//
//	version 1 byte, CRC-32 of the entry's name 4 bytes, name in UTF-8
func unicodePath(f *zip.File) string {
	const id = 0x7075
	for rest := f.Extra; len(rest) >= 4; {
		field, size := binary.LittleEndian.Uint16(rest), int(binary.LittleEndian.Uint16(rest[2:]))
		if rest = rest[4:]; size > len(rest) {
			return ""
		}
		data := rest[:size]
		rest = rest[size:]
		if field == id && size > 5 && data[0] == 1 && binary.LittleEndian.Uint32(data[1:]) == crc32.ChecksumIEEE([]byte(f.Name)) && utf8.Valid(data[5:]) {
			return string(data[5:])
		}
	}
	return ""
}
