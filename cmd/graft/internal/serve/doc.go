// Package serve is a classifier as a service over HTTP.
//
// [New] makes a [Server] of [Options], [Server.Serve] listens, loads the models
// and answers until its context ends. What all services of graft on HTTP have in
// common is in package web. The rooms of this one:
//
//	intake   bodies, and the images in them
//	cache    rows of photographs seen before, in memory and in a folder
//	flow     the line before the slots, and who is refused
//	network  trunks and classifiers that run, each once, and their batches
//	oip      requests and answers of the Open Inference Protocol
//	reply    what else is answered
//	client   photographs labelled by a service on another machine
//
// The core holds these together; work.go leads an image through them.
//
// # The way of a request
//
//	connection  at most Limits.Connections, of which those that say nothing make room; times for header, body, answer
//	limits      size of the body, images in it, bytes of all bodies together
//	model       the one in service now: held until the answer is written
//	cache       SHA-256 of the file → row of the trunk: a photograph seen before costs a hash
//	queue       refused at once if its turn would come later than QueueTimeout
//	slot        one a core: decode, crop, and on CPUs the trunk itself
//	batch       on accelerators: crops of several requests, padded to the batch size
//	head        row → probabilities, in the goroutine of the request
//
// Every request is its own goroutine, and waits for a slot in the order of
// arrival; who goes away leaves the line. A request with many images is at as
// many places in the line as there are slots, and moves on as they are done, so
// a thousand images in a zip do not keep others waiting. Health, metadata and
// metrics need no slot.
//
// Whether a turn comes in time is a forecast: images in line, times what an image
// took lately, divided by the slots. Refusal costs no decoding: 429 with
// Retry-After. A forecast may be wrong; an image that nobody got to in twice
// QueueTimeout is given up, 503. What is under way is always finished and
// answered.
//
// # Models
//
// A model is a head (or a classifier) and the network that makes its rows.
// Networks are shared: heads on one trunk have one session between them, and one
// cache. To reload is to load beside, to run once, to compare nothing but
// sanity, and to swap a pointer: requests that began with the old model end with
// it, and it is closed by the last of them. What cannot be loaded changes
// nothing but the state that log, metrics and /v2/models show. A model's version
// is how its file's SHA-256 begins, so an answer says which head gave it.
//
// # Bits
//
// On CPUs an image is run alone, as "predict" does, and probabilities are float64
// from the head to JSON: the same bytes in, the same bits out. Accelerators get
// batches of one size, padded, as "predict" gives them.
//
// # What a client can learn, and do
//
// Answers hold no path of the machine; errors of libraries that could have one go
// to the log only. Names of files that clients send are echoed and used for
// nothing else. The service fetches nothing, writes nothing but a folder of
// features if it was given one, and never logs a body, a token or a query.
package serve
