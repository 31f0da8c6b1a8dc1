// Package plan divides a data set into chunks, the units of work of those who share it: any number
// of processes, on any number of machines, under any scheduler.
//
// [Make] lists the data once and writes a folder; [Read] and [ReadChunk] read it.
//
//	PLAN/plan.json           Plan
//	PLAN/chunk-00001.jsonl   the samples of a chunk, one object a line; written before plan.json
//
// A line of a chunk is
//
//	{"path":"ants/1.jpg","label":"ants","split":"train","bytes":1234,"mtime":"2026-01-02T03:04:05Z"}
//
// where path is relative to the data's root, with slashes, label and split are left out where there
// are none, and bytes of a path that are not UTF-8 stand as [dataset.Escape] writes them. A chunk
// that is one shard of a WebDataset has a single line, with "shard" in place of "path": what is in
// it is known when it is read, once, from front to back.
//
// Chunks are about as large as one another: an image counts as many bytes as it has, and as many
// again as the average has, since decoding and the network cost the same for all. The lines are
// written twice, so that memory does not grow with their number.
package plan
