package report

import (
	"crypto/sha256"
	_ "embed" // page.html and what goes into it
	"encoding/base64"
	"html/template"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	style string
	// script adds to the page that points of the map show their images; without it the
	// points still tell their names and lead to the images.
	//go:embed page.js
	script string

	page = template.Must(template.New("page").Parse(pageHTML))
)

// policy is the page's Content-Security-Policy: whatever a file may be called,
// the page loads nothing and runs no script but its own.
func policy() string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
