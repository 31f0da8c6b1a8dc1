package dataset

import (
	"testing"
	"unicode/utf8"
)

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "a/ü.jpg", "b\xfcro/\xe4.jpg", "\uEF41", "\uEFFF\xff", "\xef\xbc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := Escape(s)
		if !utf8.ValidString(e) || Unescape(e) != s {
			t.Errorf("%q becomes %q and comes back as %q", s, e, Unescape(e))
		}
	})
}

func TestEscape(t *testing.T) {
	if got, want := Escape("a\xff.jpg"), "a\uEFFF.jpg"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
