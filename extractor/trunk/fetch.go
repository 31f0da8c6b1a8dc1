package trunk

import (
	"context"
	"os"
	"strings"

	"graft/extractor"
	"graft/onnx/checkpoint"
)

// The official weights of torchvision's Inception v3.
const (
	OfficialURL     = "https://download.pytorch.org/models/"
	OfficialWeights = "inception_v3_google-0cc3c7bd.pth"
)

// FetchSettings say which checkpoint to download; the zero value is the
// official one.
type FetchSettings struct {
	URL     string // base of the checkpoint; "" means OfficialURL
	Weights string // its name below URL, with hex digits of its SHA-256; "" means OfficialWeights
	Width   float64
	Cache   Cache

	// Progress, if not nil, counts bytes: stage "download".
	Progress *extractor.Progress
}

// A Download is how the checkpoint of Fetch was had.
type Download = checkpoint.Downloaded

// Fetch downloads a checkpoint into the cache, going on where an earlier try
// stopped, builds the trunk and writes it to out; then the checkpoint is removed.
// An error of the download is a [*DownloadError].
func Fetch(ctx context.Context, s FetchSettings, out string) (*Built, *Download, error) {
	if s.URL == "" {
		s.URL = OfficialURL
	}
	if s.Weights == "" {
		s.Weights = OfficialWeights
	}
	file, err := s.Cache.Make("downloads", s.Weights)
	if err != nil {
		return nil, nil, err
	}
	got, err := s.download(ctx, file)
	if err != nil {
		return nil, nil, &DownloadError{Weights: s.Weights, Err: err}
	}
	built, err := Build(BuildSettings{Checkpoint: file, Width: s.Width}, out)
	if err != nil {
		return nil, got, err
	}
	return built, got, os.Remove(file)
}

func (s FetchSettings) download(ctx context.Context, file string) (*Download, error) {
	o := checkpoint.DownloadOptions{}
	if p := s.Progress; p != nil {
		p.Begin("download", 0)
		o.Progress = func(done, total int64) { p.Done.Store(done); p.Total.Store(max(total, 0)) }
	}
	got, err := checkpoint.Download(ctx, strings.TrimRight(s.URL, "/")+"/"+s.Weights, file, o)
	return &got, err
}

// A DownloadError says that weights could not be downloaded.
type DownloadError struct {
	Weights string // name of the checkpoint
	Err     error
}

// Error is what went wrong.
func (e *DownloadError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *DownloadError) Unwrap() error { return e.Err }
