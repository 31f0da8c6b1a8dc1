package main

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// commandLine are the words of one as a shell gives them: on Windows no shell
// writes names in the place of * and ?, so programs do it themselves.
func commandLine(args []string) []string {
	if runtime.GOOS != "windows" {
		return args
	}
	return expanded(args)
}

// expanded writes the names of files, sorted, in the place of words with * or ?.
// A word that fits no file stays as it is, and so do flags and what follows "--".
func expanded(args []string) []string {
	var list []string
	for i, word := range args {
		if word == "--" {
			return append(list, args[i:]...)
		}
		names := matching(word)
		if i == 0 || names == nil {
			names = []string{word}
		}
		list = append(list, names...)
	}
	return list
}

// matching are the files that a word with * or ? means; nil if there is none. As in
// Windows' own shells, brackets are parts of names.
func matching(word string) []string {
	if strings.HasPrefix(word, "-") || !strings.ContainsAny(word, "*?") {
		return nil
	}
	names, err := filepath.Glob(strings.ReplaceAll(word, "[", "[[]"))
	if err != nil {
		return nil
	}
	slices.Sort(names)
	return names
}
