package dataset

import "strings"

// systemFolders are folders, in lower case, that operating systems, disks and file servers keep for
// themselves. What begins with a dot is theirs, too.
var systemFolders = map[string]bool{
	"$recycle.bin": true, "recycler": true, "recycled": true, "system volume information": true, // Windows
	"$extend": true, "found.000": true, "found.001": true, "msocache": true,
	"__macosx": true, "network trash folder": true, "temporary items": true, "thevolumesettingsfolder": true, // macOS
	"lost+found": true, "lost.dir": true, // Linux, Android
	"@eadir": true, "#recycle": true, "#snapshot": true, "@tmp": true, "@sharesnap": true, // Synology
	"@recycle": true, "@recently-snapshot": true, // QNAP
	"~snapshot":   true, // NetApp
	"__pycache__": true,
}

// silent are those that lie in every folder of some systems, so that nobody wants to hear of them.
var silent = map[string]bool{"__macosx": true, "@eadir": true, "__pycache__": true}

// hidden reports whether a name, of a file or a folder, is hidden as the system's.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// systemFolder reports whether a folder belongs to the system rather than to the data.
func systemFolder(name string) bool { return hidden(name) || systemFolders[strings.ToLower(name)] }

// remarkable reports whether a person should hear that a folder was left out as the system's.
func remarkable(name string) bool { return !hidden(name) && !silent[strings.ToLower(name)] }
