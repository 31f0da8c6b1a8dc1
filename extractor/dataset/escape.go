package dataset

import (
	"strings"
	"unicode/utf8"
)

// escaped is the first of 256 characters of the private use area that stand for bytes.
const escaped = 0xEF00

// Escape makes any bytes valid UTF-8, as paths are in whatever graft writes: a byte XX that is not
// stands as the character U+EFXX of the private use area. Where graft takes a path, it takes it
// so, too; see [Resolve].
func Escape(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, isEscape) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 || isEscape(r) {
			for _, c := range []byte(s[:n]) {
				b.WriteRune(escaped + rune(c))
			}
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// Unescape gives the bytes that Escape was given.
func Unescape(s string) string {
	if !hasEscapes(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if isEscape(r) {
			b.WriteByte(byte(r - escaped))
		} else {
			b.WriteString(s[:n]) // bytes that are not UTF-8 are none of Escape's, and stay
		}
		s = s[n:]
	}
	return b.String()
}

func isEscape(r rune) bool { return r >= escaped && r <= escaped+0xFF }
