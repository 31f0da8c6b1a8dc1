// Package ingest is the job of the extractor: a dataset becomes folders of
// features, one a tap of the trunk, and nothing that is there already is
// computed again.
//
// [Run] does the whole of it. [Open] gives a [Job] whose folders stay open, for
// those who go on with the features; [Verify] compares folders with their
// photographs.
//
// # What decides about the folder
//
// Features lie in the folder that is named, or in the cache's folder for all
// that decides about their bits: [features.Meta], which is the cache's key. It
// holds the trunk's fingerprint, the tap, the transform, the seed of the
// augmented views if there are any, and the device if it is not the CPU in fp32.
// Two runs that differ in any of these never share rows.
package ingest
