package ui

import (
	"bytes"
	"testing"
)

// TestSay: a line is a line, whatever the names in it.
func TestSay(t *testing.T) {
	for text, want := range map[string]string{
		"plain é 蜂":              "plain é 蜂",
		" outer\n":               "outer",
		"a\nb.jpg":               `a\nb.jpg`,
		"caf\xe9/1.jpg":          "caf\uefe9/1.jpg",
		"\x1b[31mred\x07 \u009b": `\x1b[31mred\a \u009b`,
		"tab\there":              "tab\there",
	} {
		var b bytes.Buffer
		Say(&b, "%s", text)
		if got := b.String(); got != "graft: "+want+"\n" {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
