// Package trunk is trunks on disk: found, described, built, opened and closed,
// and the [Identity] that says which features belong together.
//
// [Read] reads one file, [Cache.Find] the one that is used when none is named;
// [File.Open] starts a session, which the caller closes. [Build], [Fetch] and
// [Import] make trunks; [Convert] and [Quantize] make another of one, in fewer
// bits.
//
// A trunk maps pixels, uint8 n×h×w×3, to float32 n×d at every tap; its
// transform and its licence are in the metadata of its file.
package trunk
