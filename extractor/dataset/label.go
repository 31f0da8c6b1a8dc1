package dataset

import (
	"fmt"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Label is the label that a name stands for: the name in Unicode's composed form (NFC), so that
// macOS's "café" is everybody's. A name that is not UTF-8 is escaped first. Two names that differ
// otherwise have different labels. Label(Label(x)) is Label(x).
func Label(name string) string {
	if isASCII(name) {
		return name
	}
	if !utf8.ValidString(name) {
		name = Escape(name)
	}
	return norm.NFC.String(name)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// A SameLabelError is the error of Scan for two class folders side by side whose names differ and
// whose labels do not: it could not be told which of them a photograph is of.
type SameLabelError struct{ A, B string } // relative to the data's root

// Error shows both with escapes: on a screen they look the same.
func (e *SameLabelError) Error() string {
	return fmt.Sprintf("the class folders %+q and %+q have the same name, written in two ways", e.A, e.B)
}

// Hint is what to do.
func (e *SameLabelError) Hint() string { return "put their images into one of them, or rename one" }

// folds make names the same that differ in what each is called.
var folds = []struct {
	name string
	fold func(string) string
}{
	{"case", func(s string) string { return strings.ToLower(strings.ToUpper(s)) }},
	{"blanks", func(s string) string {
		return without(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	}},
	{"hyphens", func(s string) string {
		return without(s, func(r rune) bool { return r == '_' || unicode.Is(unicode.Pd, r) })
	}},
	{"accents", func(s string) string {
		return norm.NFC.String(without(norm.NFD.String(s), func(r rune) bool { return unicode.Is(unicode.Mn, r) }))
	}},
	{"the form of letters", norm.NFKC.String},
	{"letters of another alphabet", alphabets.Replace},
	{"bytes that are not UTF-8", func(s string) string {
		return strings.Map(func(r rune) rune {
			if isEscape(r) {
				return utf8.RuneError
			}
			return r
		}, strings.ToValidUTF8(s, "\uFFFD"))
	}},
}

// alphabets replaces Cyrillic and Greek letters by the Latin ones that look the same.
var alphabets = strings.NewReplacer("А", "A", "В", "B", "Е", "E", "К", "K", "М", "M", "Н", "H", "О", "O", "Р", "P", "С", "C", "Т", "T", "Х", "X",
	"а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ѕ", "s", "ј", "j",
	"Α", "A", "Β", "B", "Ε", "E", "Ζ", "Z", "Η", "H", "Ι", "I", "Κ", "K", "Μ", "M", "Ν", "N", "Ο", "O", "Ρ", "P", "Τ", "T", "Υ", "Y", "Χ", "X", "ο", "o", "ν", "v")

func without(s string, drop func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if drop(r) {
			return -1
		}
		return r
	}, s)
}

// Alike says in what two names differ that people take for the same: "case", "blanks", "case and
// accents". It is "" if they are equal or differ in more than that.
func Alike(a, b string) string {
	if a == b || !same(a, b, 1<<len(folds)-1) {
		return ""
	}
	best := 1<<len(folds) - 1
	for set := range best {
		if bits.OnesCount(uint(set)) < bits.OnesCount(uint(best)) && same(a, b, set) {
			best = set
		}
	}
	var names []string
	for i, f := range folds {
		if best>>i&1 != 0 {
			names = append(names, f.name)
		}
	}
	if names == nil {
		return "how accents are put together"
	}
	return strings.Join(names, " and ")
}

// same reports whether two names are the same after some of the folds.
func same(a, b string, set int) bool { return folded(a, set) == folded(b, set) }

func folded(s string, set int) string {
	s = norm.NFC.String(s)
	for i, f := range folds {
		if set>>i&1 != 0 {
			s = f.fold(s)
		}
	}
	return s
}

// maxAlike is how many pairs of classes are noted.
const maxAlike = 3

// noteAlike notes classes that differ in case, blanks or hyphens only: those are rarely two.
func (d *Dataset) noteAlike() {
	const set = 1<<3 - 1
	first, more := map[string]string{}, 0
	for _, c := range d.Classes {
		key := folded(c, set)
		other, ok := first[key]
		switch {
		case !ok:
			first[key] = c
		case more < maxAlike:
			d.note("the classes %q and %q differ in %s only", other, c, Alike(other, c))
			more++
		default:
			more++
		}
	}
	if more > maxAlike {
		d.note("and so do %d more", more-maxAlike)
	}
}

func (d *Dataset) note(format string, a ...any) { d.Notes = append(d.Notes, fmt.Sprintf(format, a...)) }
