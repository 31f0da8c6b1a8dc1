package dataset

import (
	"slices"
	"strings"
	"unicode"
)

// splitNames are names that mean a split, as splitWord makes them.
var splitNames = map[string]string{
	"train": "train", "training": "train",
	"val": "val", "valid": "val", "validation": "val", "validate": "val", "dev": "val", "devel": "val", "development": "val", "eval": "val", "evaluation": "val",
	"test": "test", "testing": "test",
}

// SplitOf is the split that a name means, in any case: train, val or test, "" if none. Training is
// train; valid, validation, dev and eval are val; testing is test; and with _set, set, _data,
// _images or _split behind them, they mean the same.
func SplitOf(name string) string { return splitNames[splitWord(name)] }

// splitWord is a name without what is put behind a split.
func splitWord(name string) string {
	if len(name) > 40 {
		return "" // longer than any of them
	}
	word := strings.ToLower(strings.TrimSpace(name))
	for _, end := range []string{"set", "data", "images", "imgs", "split"} {
		if cut, ok := strings.CutSuffix(word, end); ok && cut != "" {
			return strings.TrimRight(cut, "_- ")
		}
	}
	return word
}

// likeSplits reports whether names look like splits, for which nobody has classes: Train1 and
// Test1, seg_train and seg_test.
func likeSplits(names []string) bool {
	if len(names) == 0 {
		return false
	}
	common := names[0]
	for _, name := range names {
		for !strings.HasPrefix(name, common) {
			common = common[:len(common)-1]
		}
	}
	// What is common ends where a word does.
	common = common[:1+strings.LastIndexFunc(common, func(r rune) bool { return !unicode.IsLetter(r) })]
	return !slices.ContainsFunc(names, func(name string) bool {
		return SplitOf(strings.TrimRight(strings.TrimPrefix(name, common), "0123456789_- ")) == ""
	})
}
