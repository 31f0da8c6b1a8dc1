package classify

import (
	"slices"
	"testing"
)

// TestLabelsOfEarlierHeads: they are composed, as those of data are, unless two would become one.
func TestLabelsOfEarlierHeads(t *testing.T) {
	for _, c := range []struct{ stored, want []string }{
		{[]string{"ants", "bees"}, []string{"ants", "bees"}},
		{[]string{"bees", "cafe\u0301"}, []string{"bees", "caf\u00e9"}},
		{[]string{"bees", "caf\ufffd"}, []string{"bees", "caf\ufffd"}},
		{[]string{"cafe\u0301", "caf\u00e9"}, []string{"cafe\u0301", "caf\u00e9"}},
		{[]string{"b\xe9", "bees"}, []string{"b\uefe9", "bees"}},
		{nil, []string{}},
	} {
		if got := labelsOf(c.stored); !slices.Equal(got, c.want) {
			t.Errorf("%+q is %+q, want %+q", c.stored, got, c.want)
		}
	}
}
