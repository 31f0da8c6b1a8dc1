package ort

import (
	"bufio"
	"os"
	"strings"
)

// model is what the CPU calls itself; Arm's are known by numbers.
func model() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	var numbers []string
	for s := bufio.NewScanner(f); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), ":")
		switch strings.TrimSpace(name) {
		case "model name":
			return value
		case "CPU implementer", "CPU part":
			numbers = append(numbers, value)
		case "":
			return strings.Join(numbers, " ") // the first core's end
		}
	}
	return strings.Join(numbers, " ")
}
