package ui

import "golang.org/x/sys/windows"

// utf8Page is the code page of UTF-8.
const utf8Page = 65001

// UnicodeConsole makes the console, if there is one, show what is written to it
// as UTF-8, also what does not pass through Go, and obey the sequences that move
// the cursor. The function that it returns gives the console back as it was.
func UnicodeConsole() (restore func()) {
	output, _ := windows.GetConsoleOutputCP()
	input, _ := windows.GetConsoleCP()
	if output != 0 {
		_ = windows.SetConsoleOutputCP(utf8Page)
	}
	if input != 0 {
		_ = windows.SetConsoleCP(utf8Page)
	}
	var modes []func()
	for _, n := range []uint32{windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE} {
		h, err := windows.GetStdHandle(n)
		var mode uint32
		if err != nil || windows.GetConsoleMode(h, &mode) != nil {
			continue // not a console
		}
		if windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil {
			modes = append(modes, func() { _ = windows.SetConsoleMode(h, mode) })
		}
	}
	return func() {
		for _, back := range modes {
			back()
		}
		if output != 0 {
			_ = windows.SetConsoleOutputCP(output)
		}
		if input != 0 {
			_ = windows.SetConsoleCP(input)
		}
	}
}
