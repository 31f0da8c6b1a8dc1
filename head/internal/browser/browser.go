// Package browser opens pages in a headless Chromium, for tests.
package browser

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Width is how many pixels wide the page is shown: a telephone.
const Width = 400

// Seen is what the page looks like to the browser.
type Seen struct {
	Images, Broken int  // img elements; those of them without a picture
	Links, Lost    int  // a elements; those of them that lead nowhere
	Width          int  // of everything, in pixels: more than Width scrolls sideways
	Tip            bool // #peek shows a picture once the pointer is over a dot of #map
}

// frame shows the page and writes into itself what it sees there.
const frame = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><iframe id="page" src="/page.html" width="400" height="900"></iframe>
<pre id="seen"></pre>
<script>
addEventListener("load", function () {
  var d = document.getElementById("page").contentDocument;
  var images = Array.from(d.images), links = Array.from(d.querySelectorAll("a"));
  var dot = d.querySelector("#map a[data-row] circle");
  if (dot) dot.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
  document.getElementById("seen").textContent = JSON.stringify({
    images: images.length,
    broken: images.filter(function (i) { return !(i.complete && i.naturalWidth > 0); }).length,
    links: links.length,
    lost: links.filter(function (a) { return !d.getElementById(a.getAttribute("href").slice(1)); }).length,
    width: d.documentElement.scrollWidth,
    tip: !!d.querySelector("#peek:not([hidden]) img")
  });
});
</script>`

var seenText = regexp.MustCompile(`(?s)<pre id="seen">(.*?)</pre>`)

// Open shows a page to the browser. Whatever the page writes to the console is
// an error of the test; without a browser the test is skipped.
func Open(t *testing.T, page []byte) Seen {
	t.Helper()
	dom := dump(t, find(t), page)
	m := seenText.FindStringSubmatch(dom)
	if m == nil {
		t.Fatalf("the browser gave %d bytes without what was seen", len(dom))
	}
	var s Seen
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func find(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium on this machine: apt-get install chromium lets this test open pages in it")
	return ""
}

// dump gives the document of the frame after its script has run.
func dump(t *testing.T, chromium string, page []byte) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/page.html" {
			w.Write(page)
		} else {
			w.Write([]byte(frame))
		}
	}))
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	// The sandbox needs rights that a container seldom has; the pages are our own.
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+t.TempDir(),
		"--enable-logging=stderr", "--window-size=1000,1000", "--dump-dom", server.URL+"/frame.html")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	cmd.WaitDelay = 5 * time.Second
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", chromium, err, complaints.String())
	}
	for line := range strings.Lines(complaints.String()) {
		if strings.Contains(line, "CONSOLE") {
			t.Errorf("on the console: %s", line)
		}
	}
	return string(dom)
}
