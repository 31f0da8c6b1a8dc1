package predictions

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName is how many bytes of a label a folder's name keeps: file systems
// allow 255.
const longestName = 200

// folderName is the name of the folder of a label: the label itself, with what
// file systems or graft would not take for part of a name written as %XX, the
// bytes in hexadecimal, as in URLs. Different labels have different names; long
// ones are cut and end in their hash.
func folderName(label string) string {
	var b strings.Builder
	for i, r := range label {
		_, size := utf8.DecodeRuneInString(label[i:])
		whole := label[i : i+size]
		if unsafeIn(r, i, i+size == len(label)) {
			for _, c := range []byte(whole) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(whole)
		}
	}
	name := b.String()
	switch {
	case name == "":
		return "%"
	case slices.Contains(devices, strings.ToUpper(strings.SplitN(name, ".", 2)[0])):
		return fmt.Sprintf("%%%02X%s", name[0], name[1:])
	case len(name) > longestName:
		return fmt.Sprintf("%s%%%x", strings.ToValidUTF8(name[:longestName-20], ""), sha256.Sum256([]byte(label)))[:longestName]
	}
	return name
}

// unsafeIn reports whether a character may not stand in a name as it is. A dot
// at the beginning hides a folder; dots and spaces at the end are lost on
// Windows.
func unsafeIn(r rune, at int, last bool) bool {
	return r == utf8.RuneError || !unicode.IsPrint(r) || strings.ContainsRune(`/\:*?"<>|%`, r) ||
		at == 0 && (r == '.' || r == ' ') || last && (r == '.' || r == ' ')
}

// devices are names that Windows keeps for itself, whatever their extension.
var devices = []string{"CON", "PRN", "AUX", "NUL",
	"COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
	"LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9"}
