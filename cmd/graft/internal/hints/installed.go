package hints

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"

	"graft/onnx/checkpoint"
	"graft/onnx/ort"
)

// release is the version of the archive or package that graft came in; "" if it
// was built from source. The linker sets it, see scripts/release.
var release string

// Release is the version of the archive or package that graft came in; "" if it
// was built from source.
func Release() string { return release }

// A place is where graft runs and how it came there, which what helps depends
// on.
type place struct {
	system, arch string // as Go names them
	released     bool   // graft came in an archive or a package, without the scripts of its source
}

func here() place { return place{runtime.GOOS, runtime.GOARCH, release != ""} }

// hasScripts reports whether scripts/setup is there and can be run.
func (p place) hasScripts() bool { return !p.released && p.system != "windows" }

// Library says how to get a flavour of ONNX Runtime on this machine.
func Library(f ort.Flavour) string { return here().library(f) }

func (p place) library(f ort.Flavour) string {
	switch {
	case p.hasScripts() && f == ort.FlavourCPU:
		return "scripts/setup installs ONNX Runtime " + f.Version()
	case p.hasScripts():
		return fmt.Sprintf("scripts/setup --%s installs ONNX Runtime %s", f, f.Version())
	case p.released && f == ort.FlavourCPU:
		return "unpack or install graft anew: ONNX Runtime " + f.Version() + " comes with it and belongs beside the program"
	case f == ort.FlavourOpenVINO && p.arch != "amd64", f == ort.FlavourCUDA && (p.arch != "amd64" || p.system == "darwin"):
		return fmt.Sprintf("there is no ready build of ONNX Runtime's flavour %s for %s/%s; build one", f, p.system, p.arch)
	}
	dir, err := f.Dir()
	if err != nil {
		dir = "graft's cache"
	}
	return fmt.Sprintf("put what the folder of libraries of %s %s holds into %s", packages[f], f.Version(), dir)
}

// packages are where the flavours can be had.
var packages = map[ort.Flavour]string{
	ort.FlavourCPU:      "Python's package onnxruntime",
	ort.FlavourCUDA:     "Python's package onnxruntime-gpu",
	ort.FlavourOpenVINO: "Python's package onnxruntime-openvino",
	ort.FlavourWebGPU:   "npm's package onnxruntime-node",
}

// ofLibrary is what helps about ONNX Runtime that cannot be used.
func (p place) ofLibrary(e *ort.LibraryError) string {
	text := p.library(e.Flavour) + "; --ort-lib or $" + ort.LibraryVariable + " names another library"
	if p.system == "windows" && e.Path != "" && e.Found == "" {
		text = "if the file is there, install Microsoft's Visual C++ Redistributable (x64), which it needs; else " + text
	}
	return text
}

// ofProvider is what helps about a library without a device's provider.
func (p place) ofProvider(e *ort.DeviceError) string {
	if e.Device.Kind == ort.DirectML {
		return "Python's package onnxruntime-directml has a library with it; --ort-lib names that"
	}
	return p.library(e.Device.Kind.Flavour())
}

// ofCache is what helps about a cache that cannot be found or written to.
func (p place) ofCache() string { return p.cacheFolder("that can be written to") }

// cacheFolder says how the cache gets into another folder, of which something
// is asked.
func (p place) cacheFolder(asked string) string {
	folder := " to a folder " + asked
	switch p.system {
	case "windows":
		return "set %LocalAppData%" + folder
	case "darwin":
		return "set $HOME" + folder + "; the cache is Library/Caches in it"
	}
	return "set $XDG_CACHE_HOME" + folder
}

// ofNetwork is what helps about networks of companies: proxies, and certificates
// of their own.
func (p place) ofNetwork(err error) string {
	var authority x509.UnknownAuthorityError
	var status *checkpoint.StatusError
	switch {
	case errors.As(err, &authority) && p.system == "linux":
		return "$SSL_CERT_FILE names a file with the certificates that are trusted, your company's among them"
	case errors.As(err, &authority):
		return "put your company's certificate among those that this system trusts"
	case errors.As(err, &status) && status.Code == http.StatusProxyAuthRequired,
		strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired)):
		return "the proxy wants a password: $HTTPS_PROXY is http://USER:PASSWORD@HOST:PORT"
	}
	return ""
}

// TurboJPEG says how to get libturbojpeg on this machine.
func TurboJPEG() string { return here().turboJPEG() }

func (p place) turboJPEG() string {
	switch p.system {
	case "windows":
		return "put turbojpeg.dll of libjpeg-turbo beside graft.exe"
	case "darwin":
		return "brew install jpeg-turbo"
	case "linux":
		return "install libturbojpeg (Debian and Ubuntu: apt install libturbojpeg0; Fedora: dnf install turbojpeg)"
	}
	return "install libturbojpeg"
}
