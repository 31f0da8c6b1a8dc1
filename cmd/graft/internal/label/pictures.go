package label

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"graft/cmd/graft/internal/web"
	"graft/extractor"
	"graft/extractor/pixels"
	"graft/extractor/trunk"
)

// thumbnailSide is the side of thumbnails in pixels.
const thumbnailSide = 224

// pictures are the photographs as browsers get them.
type pictures struct {
	*Page
	thumbnails *extractor.Thumbnailer
	transform  pixels.Transform
	limits     pixels.Limits
	slots      chan bool // so many are decoded at once
	dir        string    // of thumbnails; "": they are not kept
}

// newPictures keeps thumbnails in a cache, if it can be written to.
func (p *Page) newPictures(c trunk.Cache) *pictures {
	v := &pictures{Page: p, transform: p.options.Transform, limits: p.options.Limits, slots: make(chan bool, 2)}
	v.thumbnails = extractor.NewThumbnailerOf(thumbnailSide, v.transform, v.limits)
	if dir, err := c.Path("thumbnails", fmt.Sprintf("%d-%.16x", thumbnailSide, sha256.Sum256([]byte(v.transform.JSON())))); err == nil {
		v.dir = dir
	}
	return v
}

// numberOf is the number of the photograph that is asked for.
func numberOf(r *http.Request) (int, error) {
	i, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || i < 0 {
		return 0, web.Refuse(http.StatusNotFound, "there is no such photograph")
	}
	return i, nil
}

// send answers with a picture. One that is named by its content is good for ever.
func (v *pictures) send(w http.ResponseWriter, r *http.Request, kind string, b []byte) {
	keep := "no-store"
	if r.URL.Query().Get("k") != "" {
		keep = "private, max-age=31536000, immutable"
	}
	w.Header().Set("Cache-Control", keep)
	v.answers.Write(w, http.StatusOK, kind, b)
}

// thumb answers with a thumbnail.
func (v *pictures) thumb(w http.ResponseWriter, r *http.Request) error {
	i, err := numberOf(r)
	if err != nil {
		return err
	}
	if key, known := v.session.Key(i); known {
		if b := v.kept(key); b != nil {
			v.send(w, r, "image/jpeg", b)
			return nil
		}
	}
	select {
	case v.slots <- true:
		defer func() { <-v.slots }()
	case <-r.Context().Done():
		return web.Refuse(web.StatusGone, "nobody waits")
	}
	file, err := v.session.File(i)
	if err != nil {
		return unreadable(err)
	}
	b, err := v.thumbnails.Encode(file)
	if err != nil {
		return unreadable(err)
	}
	v.keep(pixels.KeyOf(file), b)
	v.send(w, r, "image/jpeg", b)
	return nil
}

func unreadable(err error) error {
	return web.Refuse(http.StatusUnprocessableEntity, "the photograph cannot be shown: %v", err)
}

// photo answers with the file itself, if browsers can show it, else with the crop.
func (v *pictures) photo(w http.ResponseWriter, r *http.Request) error {
	i, err := numberOf(r)
	if err != nil {
		return err
	}
	file, err := v.session.File(i)
	if err != nil {
		return unreadable(err)
	}
	kind := http.DetectContentType(file)
	if shown := []string{"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"}; !slices.Contains(shown, kind) {
		return v.crop(w, r)
	}
	v.send(w, r, kind, file)
	return nil
}

// crop answers with what the trunk sees.
func (v *pictures) crop(w http.ResponseWriter, r *http.Request) error {
	i, err := numberOf(r)
	if err != nil {
		return err
	}
	file, err := v.session.File(i)
	if err != nil {
		return unreadable(err)
	}
	width, height := v.transform.Width(), v.transform.Height()
	rgb := make([]byte, v.transform.Bytes())
	if _, err := pixels.NewDecoder(v.transform, v.limits).Crop(rgb, file); err != nil {
		return unreadable(err)
	}
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		copy(m.Pix[4*i:], rgb[3*i:3*i+3])
		m.Pix[4*i+3] = 0xff
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 92}); err != nil {
		return err
	}
	v.send(w, r, "image/jpeg", b.Bytes())
	return nil
}

// place is the file of a thumbnail.
func (v *pictures) place(key pixels.Key) string {
	name := key.String()
	return filepath.Join(v.dir, name[:2], name+".jpg")
}

// kept is a thumbnail that was made before; nil if there is none, or half of one.
func (v *pictures) kept(key pixels.Key) []byte {
	if v.dir == "" {
		return nil
	}
	b, err := os.ReadFile(v.place(key))
	if err != nil || !bytes.HasPrefix(b, []byte{0xff, 0xd8}) || !bytes.HasSuffix(b, []byte{0xff, 0xd9}) {
		return nil
	}
	return b
}

// keep keeps a thumbnail. It can be made again, so it is not flushed to the disk,
// and that it cannot be kept is no error.
func (v *pictures) keep(key pixels.Key, b []byte) {
	if v.dir == "" {
		return
	}
	path := v.place(key)
	if os.MkdirAll(filepath.Dir(path), 0o777) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".thumbnail-*")
	if err != nil {
		return
	}
	_, err = f.Write(b)
	if closed := f.Close(); err != nil || closed != nil || os.Rename(f.Name(), path) != nil {
		os.Remove(f.Name())
	}
}
