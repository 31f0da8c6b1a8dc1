// Package ort runs ONNX models with ONNX Runtime. It is the one package that
// knows the library and its Go binding, github.com/yalue/onnxruntime_go.
//
// A process can load one library, so the device determines its flavour: cpu,
// cuda, openvino or webgpu. The library is the file that [Options] name, or that
// of $GRAFT_ORT_LIB, else for the flavour cpu the one beside the executable, with
// which it was shipped, else the one in
// <user cache>/graft/onnxruntime/<flavour>-<version>/, and for the flavour cpu
// else what the system's loader finds.
//
// Call [Open] to start a session and [Session.Run] to run it. [Choose] chooses the
// device, [Diagnose] lists what one needs and whether it is there. A device that
// was asked for works or fails; [Auto] takes the first that can be used and
// returns why not the others.
//
// On the CPU one session is shared by as many callers as there are cores, each
// running on its own thread: that is faster than one caller on all threads, and
// leaves cores for decoding. A GPU takes batches of one size from one caller, as
// every new shape costs a search for algorithms.
package ort
