package main

import "runtime/debug"

// gcPercent is how much garbage may lie about while features are extracted. The
// pipeline reuses its buffers, so collecting early costs next to nothing, and a
// hundred times as many photographs take a few per cent more memory.
const gcPercent = 8

// collectEarly collects garbage early until the returned function is called.
func collectEarly() (undo func()) {
	was := debug.SetGCPercent(gcPercent)
	return func() { debug.SetGCPercent(was) }
}
