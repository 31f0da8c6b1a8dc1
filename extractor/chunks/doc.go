// Package chunks is the work of many: processes on any number of machines compute the chunks of a
// plan (package plan) into one store of features (package features), and one of them joins what
// they have done.
//
// [Open] gives a [Worker], which does chunk after chunk and keeps its trunk open; [Finish] joins
// them; [ReadStatus] looks how far they are.
//
//	STORE/records/chunk-00001-DIGEST-UNIQUE.arrow     what became of the samples of a chunk
//	STORE/records/chunk-00001-DIGEST-UNIQUE.attempt   an [Attempt] at it, while it is in hand
//	STORE/records/.finishing                          in a bucket: who finishes it, while it does
//
// # Why nothing is lost, and nothing double
//
// A worker writes the rows of a chunk as parts, which are immutable and have names of their own, and
// then a record: the chunk's rows of the samples table, with counts, times and what made the
// features. Only then has the chunk been done. A worker that dies before leaves rows that nobody
// counts; the chunk is done again. One that is asked for a chunk with a record says so and does
// nothing; two at once both compute, and leave every row twice and two records, of which the
// finisher takes one, and drops the rows that are there twice. So a scheduler may call for a chunk
// any number of times, and no lock is needed: parts and records appear whole or not at all.
//
// A worker that is told to stop seals what it has of the chunk in hand, with a record of the samples
// up to there; the next one goes on behind them.
//
// A worker that dies leaves its attempt. The next ones go in smaller and smaller steps, so that an
// image that kills whoever computes it is found, named and left out, and the rest of the chunk done;
// a chunk at which workers die elsewhere again and again is given up with a [*DeadlyError].
//
// Photographs that are not what was planned are recorded as they were read, and counted. Where there
// is nothing at all in their place, the chunk fails with a [*NoDataError].
//
// The finisher changes nothing while chunks are missing. Each of its steps can be repeated: a run
// that was cut short is simply run again.
package chunks
