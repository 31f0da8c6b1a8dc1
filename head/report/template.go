package report

import (
	"crypto/sha256"
	_ "embed" // the pages and what goes into them
	"encoding/base64"
	"html/template"
)

var (
	//go:embed frame.html
	frameHTML string // what pages have in common
	//go:embed page.html
	pageHTML string
	//go:embed audit.html
	auditHTML string
	//go:embed page.css
	style string
	// script adds to a page that points of the map show their images; without it the
	// points still tell their names and lead to the images.
	//go:embed page.js
	script string

	pageTemplate  = parse("page", pageHTML)
	auditTemplate = parse("audit", auditHTML)
)

func parse(name, text string) *template.Template {
	return template.Must(template.Must(template.New(name).Parse(frameHTML)).Parse(text))
}

// A frame is what every page begins with.
type frame struct {
	Title  string
	Style  template.CSS
	Policy string // Content-Security-Policy
}

func newFrame(title string) frame {
	return frame{Title: plain(title), Style: template.CSS(style), Policy: policy()}
}

// policy is the pages' Content-Security-Policy: whatever a file may be called, a page loads
// nothing and runs no script but ours.
func policy() string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
