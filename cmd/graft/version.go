package main

import (
	"runtime"
	"runtime/debug"
	"strings"

	"graft/cmd/graft/internal/hints"
)

// version is that of the release, or of the module, or the commit for a binary
// built from a checkout; "devel" if the build recorded none of them.
func version() string {
	if v := hints.Release(); v != "" {
		return v
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}

// versions are those of the programs that a head's bytes depend on.
func versions() map[string]string {
	v := map[string]string{"graft": version(), "go": strings.TrimPrefix(runtime.Version(), "go")}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "gonum.org/v1/gonum" {
				v["gonum"] = d.Version
			}
		}
	}
	return v
}
