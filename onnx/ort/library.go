package ort

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
	ort "github.com/yalue/onnxruntime_go"
)

// loaded is the library of this process.
var loaded struct {
	sync.Mutex
	path, version string
}

// load loads the library at path, of flavour f, unless it is loaded already. A
// process can hold one library only: another path is an error.
func load(path string, f Flavour) (version string, err error) {
	loaded.Lock()
	defer loaded.Unlock()
	if loaded.path != "" {
		if filepath.Clean(path) != filepath.Clean(loaded.path) {
			return "", &LibraryError{Path: path, Flavour: f, Reason: fmt.Sprintf("%s is loaded already, and a process can hold one library only", loaded.path)}
		}
		return loaded.version, nil
	}
	if version, _, err = probe(path, f); err != nil {
		return "", err
	}
	ort.SetSharedLibraryPath(path)
	// What ONNX Runtime would write to standard error is in its errors too.
	if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
		return "", &LibraryError{Path: path, Flavour: f, Found: version, Reason: tidy(err).Error()}
	}
	loaded.path, loaded.version = path, version
	return version, nil
}

// probe opens the library and reads its version and its execution providers
// before the binding loads it: a request for an API version that the library
// lacks makes ONNX Runtime write to standard error, and the binding's error does
// not name the version found.
func probe(path string, f Flavour) (version string, providers []string, err error) {
	fail := func(reason string) (string, []string, error) {
		return "", nil, &LibraryError{Path: path, Flavour: f, Found: version, Reason: reason}
	}
	handle, err := openLibrary(path)
	if err != nil {
		if path == LibraryName() {
			path = ""
			return fail("there is no library, neither in the cache nor beside the program nor where the system looks")
		}
		return fail("cannot be loaded: " + err.Error())
	}
	defer closeLibrary(handle) // another flavour may be loaded in the end
	symbol, err := symbolOf(handle, "OrtGetApiBase")
	if err != nil {
		return fail("is not ONNX Runtime: it has no OrtGetApiBase")
	}
	var getBase func() *apiBase
	purego.RegisterFunc(&getBase, symbol)
	base := getBase()
	if base == nil || base.getVersionString == 0 {
		return fail("is not ONNX Runtime: its OrtGetApiBase returns nothing")
	}
	var getVersion func() string
	purego.RegisterFunc(&getVersion, base.getVersionString)
	version = getVersion()
	if !newEnough(version) {
		return fail(fmt.Sprintf("is version %s, which is too old: graft needs API %d, that is 1.%d or newer, and is tested with %s",
			version, APIVersion, APIVersion, f.Version()))
	}
	return version, base.providers(), nil
}

// newEnough reports whether a library of this version has APIVersion.
func newEnough(version string) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return false
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return err1 == nil && err2 == nil && (major > 1 || major == 1 && minor >= APIVersion)
}

// apiBase is OrtApiBase of onnxruntime_c_api.h: two function pointers.
type apiBase struct {
	getAPI           uintptr
	getVersionString uintptr
}

// Indices of functions in OrtApi, which only ever grows at its end.
const (
	getAvailableProviders     = 125
	releaseAvailableProviders = 126
)

// providers returns the execution providers that were built in; nil if the call
// fails. The binding has no function for it.
func (b *apiBase) providers() []string {
	var getAPI func(uint32) *[releaseAvailableProviders + 1]uintptr
	purego.RegisterFunc(&getAPI, b.getAPI)
	api := getAPI(APIVersion)
	if api == nil {
		return nil
	}
	var names **byte
	var n int32
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&names)
	pin.Pin(&n)
	if status, _, _ := purego.SyscallN(api[getAvailableProviders], uintptr(unsafe.Pointer(&names)), uintptr(unsafe.Pointer(&n))); status != 0 {
		return nil
	}
	var list []string
	for _, name := range unsafe.Slice(names, n) {
		list = append(list, goString(name))
	}
	purego.SyscallN(api[releaseAvailableProviders], uintptr(unsafe.Pointer(names)), uintptr(n))
	return list
}

func goString(s *byte) string {
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(s), n)) != 0 {
		n++
	}
	return string(unsafe.Slice(s, n))
}
