package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the style of pages
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// Style is what pages of graft look like: colours, light and dark, type, forms.
// A page's own rules come after it.
//
//go:embed style.css
var Style string

// A Page is HTML with its style and its script inside, and the policy under
// which browsers run those and nothing else.
type Page struct {
	HTML   []byte
	Policy string // Content-Security-Policy
}

// Parts are what a Page is made of.
type Parts struct {
	// HTML is a template: {{.Style}} in a style element, {{.Script}} in a script
	// element, {{.Data}} anywhere.
	HTML   string
	Style  string   // after the Style of all pages
	Script string   // "" for none
	Data   any      // for the template
	Allow  []string // more directives of the policy, such as "img-src data:"
}

// NewPage makes a Page. Its parts belong to the program, so a template that is
// wrong panics.
func NewPage(p Parts) *Page {
	style := Style + p.Style
	allow := append([]string{"default-src 'none'", "style-src " + hashOf(style), "connect-src 'self'"}, p.Allow...)
	if p.Script != "" {
		allow = append(allow, "script-src "+hashOf(p.Script))
	}
	var b bytes.Buffer
	err := template.Must(template.New("page").Parse(p.HTML)).Execute(&b, struct {
		Style  template.CSS
		Script template.JS
		Data   any
	}{template.CSS(style), template.JS(p.Script), p.Data})
	if err != nil {
		panic(fmt.Sprintf("web: a page: %v", err))
	}
	return &Page{b.Bytes(), strings.Join(append(allow, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"), "; ")}
}

// Write answers with the page.
func (p *Page) Write(a Answers, w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", p.Policy)
	w.Header().Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	a.Write(w, http.StatusOK, "text/html; charset=utf-8", p.HTML)
}

// Show is an Answerer that shows the page.
func (p *Page) Show(w http.ResponseWriter, _ *http.Request) error {
	p.Write(Answers{}, w)
	return nil
}

// hashOf is how a Content-Security-Policy names the only script, or style, that
// may be there.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
