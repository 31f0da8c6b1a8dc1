package trunk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"graft/extractor"
	"graft/onnx"
	"graft/onnx/checkpoint"
)

// HubURL is the hub of models that references without another one mean.
const HubURL = "https://huggingface.co"

// A Reference names a model on a hub: hf:OWNER/MODEL[@REVISION][/FILE].
type Reference struct {
	Repository string // "owner/model"
	Revision   string // a commit, branch or tag; "": main
	File       string // in the repository; "": the usual names are tried
}

var reference = regexp.MustCompile(`^hf:([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@([\w./-]+?))?(?:/([\w./-]+\.onnx))?$`)

// ParseReference reads a reference.
func ParseReference(s string) (Reference, error) {
	m := reference.FindStringSubmatch(s)
	if m == nil || strings.Contains(m[2]+"/"+m[3], "..") {
		return Reference{}, fmt.Errorf("%q is no reference to a model; it has the form hf:OWNER/MODEL, hf:OWNER/MODEL@REVISION or hf:OWNER/MODEL/FILE.onnx", s)
	}
	return Reference{m[1], m[2], m[3]}, nil
}

// String is the reference as it is read.
func (r Reference) String() string {
	text := "hf:" + r.Repository
	if r.Revision != "" {
		text += "@" + r.Revision
	}
	if r.File != "" {
		text += "/" + r.File
	}
	return text
}

// A Known trunk is one that can be fetched by name.
type Known struct {
	Name      string
	Reference Reference
	Megabytes int // about
	Licence   string
	About     string
	SHA256    string // of the file; "": not known here, that which the hub names is taken and recorded
	Output    string // as in onnx.ImportOptions
	Pool      string
	Scores    bool // its output is class scores: what the last layer takes is wanted
}

// KnownTrunks are those that can be fetched by name beside Inception v3. Their
// revisions and hashes are not pinned, since this table was written where the hub
// could not be read: a trunk's source names the commit and the SHA-256 that it
// was made of.
var KnownTrunks = []Known{
	{Name: "dinov2-small", Reference: Reference{Repository: "onnx-community/dinov2-small", File: "onnx/model.onnx"}, Megabytes: 88, Licence: "Apache-2.0",
		About: "ViT-S/14, self-supervised: 384 features", Output: "last_hidden_state", Pool: onnx.PoolClass},
	{Name: "dinov2-base", Reference: Reference{Repository: "onnx-community/dinov2-base", File: "onnx/model.onnx"}, Megabytes: 346, Licence: "Apache-2.0",
		About: "ViT-B/14, self-supervised: 768 features", Output: "last_hidden_state", Pool: onnx.PoolClass},
	{Name: "clip-vit-b32", Reference: Reference{Repository: "Xenova/clip-vit-base-patch32", File: "onnx/vision_model.onnx"}, Megabytes: 352, Licence: "MIT",
		About: "CLIP's image tower: 512 features", Output: "image_embeds"},
	{Name: "mobilenetv4", Reference: Reference{Repository: "onnx-community/mobilenetv4_conv_small.e2400_r224_in1k", File: "onnx/model.onnx"}, Megabytes: 15, Licence: "Apache-2.0",
		About: "MobileNetV4 conv small, ImageNet: 1280 features", Scores: true},
	{Name: "convnext-tiny", Reference: Reference{Repository: "Xenova/convnext-tiny-224", File: "onnx/model.onnx"}, Megabytes: 114, Licence: "Apache-2.0",
		About: "ConvNeXt-T, ImageNet: 768 features", Scores: true},
}

// FindKnown is the trunk with a name.
func FindKnown(name string) (Known, error) {
	var names []string
	for _, k := range KnownTrunks {
		if k.Name == name {
			return k, nil
		}
		names = append(names, k.Name)
	}
	return Known{}, fmt.Errorf("there is no trunk called %q to fetch; there are %s, and any model as hf:OWNER/MODEL", name, strings.Join(names, ", "))
}

// HubSettings say where a model is fetched from, and what becomes of it.
type HubSettings struct {
	ImportSettings
	URL   string // of the hub; "" means HubURL
	Token string // for models that want one; it is sent to the hub alone
	Cache Cache
	Known Known // zero: the reference alone says what is fetched

	Download checkpoint.DownloadOptions // Token, SHA256 and Progress are set here
	// Progress, if not nil, counts bytes: stage "download".
	Progress *extractor.Progress
}

// A Fetched trunk is one made of a model from a hub.
type Fetched struct {
	Imported
	Files    []*Download // the model first
	Revision string      // commit that the hub named
}

// FetchHub downloads a model, weights that it keeps in other files, and its
// configuration into the cache, going on where an earlier try stopped, imports it
// and writes the trunk to out; then the download is removed. All files are of one
// commit, and each has the SHA-256 that the hub names for it. An error of the
// download is a [*DownloadError].
func FetchHub(ctx context.Context, r Reference, s HubSettings, out string) (*Fetched, error) {
	if s.URL == "" {
		s.URL = HubURL
	}
	folder, err := s.Cache.Make(filepath.Join("downloads", "hub", strings.ReplaceAll(r.Repository, "/", "--")), "")
	if err != nil {
		return nil, err
	}
	h := &hub{s: s, r: r, folder: folder, fetched: new(Fetched)}
	model, err := h.model(ctx)
	if err != nil {
		return nil, &DownloadError{Weights: r.String(), Err: err}
	}
	if err := h.beside(ctx, model); err != nil {
		return nil, &DownloadError{Weights: r.String(), Err: err}
	}
	imported, err := h.load(ctx, model, out)
	if err != nil {
		return nil, err
	}
	h.fetched.Imported = *imported
	return h.fetched, os.RemoveAll(folder)
}

// A hub is a download from one under way.
type hub struct {
	s       HubSettings
	r       Reference
	folder  string
	fetched *Fetched
}

// usualModels are the names under which repositories keep their model.
var usualModels = []string{"onnx/model.onnx", "model.onnx", "onnx/vision_model.onnx", "vision_model.onnx"}

// model downloads the model and gives its name in the repository.
func (h *hub) model(ctx context.Context) (string, error) {
	names := usualModels
	if h.r.File != "" {
		names = []string{h.r.File}
	}
	var err error
	for _, name := range names {
		h.s.Download.SHA256 = h.s.Known.SHA256
		if err = h.file(ctx, name); err == nil {
			h.s.Download.SHA256 = ""
			return name, nil
		}
		if !isMissing(err) {
			return "", err
		}
	}
	if h.r.File == "" && isMissing(err) {
		return "", fmt.Errorf("%s has none of %s: %w", h.r, strings.Join(names, ", "), err)
	}
	return "", err
}

// beside downloads the weights that the model keeps in other files, and the
// configurations of the repository, if it has them.
func (h *hub) beside(ctx context.Context, model string) error {
	encoded, err := os.ReadFile(filepath.Join(h.folder, filepath.FromSlash(model)))
	if err != nil {
		return err
	}
	x, err := onnx.Inspect(encoded)
	if err != nil {
		return err
	}
	for _, location := range x.External {
		if !filepath.IsLocal(filepath.FromSlash(location)) {
			return fmt.Errorf("the model keeps weights in %q, outside of its folder", location)
		}
		if err := h.file(ctx, path.Join(path.Dir(model), location)); err != nil {
			return err
		}
	}
	for _, c := range configurations {
		if err := h.file(ctx, c.name); err != nil && !isMissing(err) {
			return err
		}
	}
	return nil
}

// file downloads one file of the repository.
func (h *hub) file(ctx context.Context, name string) error {
	dst := filepath.Join(h.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return fmt.Errorf("make a folder for the download: %w", err)
	}
	revision := h.fetched.Revision
	if revision == "" {
		revision = h.r.Revision
	}
	if revision == "" {
		revision = "main"
	}
	address := strings.TrimRight(h.s.URL, "/") + "/" + h.r.Repository + "/resolve/" + url.PathEscape(revision) + "/" + name
	o := h.s.Download
	o.Token = h.s.Token
	if p := h.s.Progress; p != nil {
		p.Begin("download", 0)
		o.Progress = func(done, total int64) { p.Done.Store(done); p.Total.Store(max(total, 0)) }
	}
	got, err := checkpoint.Download(ctx, address, dst, o)
	if err != nil {
		return err
	}
	if got.Revision != "" {
		h.fetched.Revision = got.Revision
	}
	h.fetched.Files = append(h.fetched.Files, &got)
	return nil
}

// isMissing reports whether the hub has no such file.
func isMissing(err error) bool {
	var status *checkpoint.StatusError
	return errors.As(err, &status) && status.Code == http.StatusNotFound
}

// load imports what was downloaded. The configurations lie in the repository's
// root, the model perhaps deeper.
func (h *hub) load(ctx context.Context, model, out string) (*Imported, error) {
	s, k := h.s.ImportSettings, h.s.Known
	if s.Source == "" {
		s.Source = fmt.Sprintf("%s, commit %s, SHA-256 %s", Reference{h.r.Repository, h.r.Revision, model}, h.fetched.Revision, h.fetched.Files[0].SHA256)
	}
	if s.Name == "" {
		s.Name = path.Base(h.r.Repository)
	}
	if s.Output == "" {
		s.Output, s.Scores = k.Output, s.Scores || k.Scores
	}
	if s.Pool == "" {
		s.Pool = k.Pool
	}
	if s.Licence == "" {
		s.Licence = k.Licence
	}
	s.Configurations = h.folder
	return Import(ctx, filepath.Join(h.folder, filepath.FromSlash(model)), s, out)
}
