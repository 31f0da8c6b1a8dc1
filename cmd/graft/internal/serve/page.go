package serve

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and what goes into it
	"encoding/base64"
	"html/template"
	"net/http"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))
	pagePolicy   = "default-src 'none'; script-src " + hashOf(pageScript) + "; style-src " + hashOf(pageStyle) +
		"; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// hashOf is how a Content-Security-Policy names the only script, or style, that
// may be there.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// pageOf is the page for people. It is the same for everybody: what it shows of
// models it asks the service for.
func pageOf(version string) []byte {
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, struct {
		Style   template.CSS
		Script  template.JS
		Version string
	}{template.CSS(pageStyle), template.JS(pageScript), version})
	if err != nil {
		panic(err) // the page is a part of the program
	}
	return b.Bytes()
}

// show answers GET /.
func (s *Server) show(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.Header().Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	s.write(w, http.StatusOK, "text/html; charset=utf-8", s.page)
	return nil
}
