package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"image"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// frame shows the page 400 pixels wide and writes down what it sees there.
const frame = `<!doctype html><link rel="icon" href="data:,"><iframe id="page" src="/page.html" width="400" height="900"></iframe><pre id="seen"></pre>
<script>
addEventListener("load", function () {
  var d = document.getElementById("page").contentDocument, images = Array.from(d.images);
  document.getElementById("seen").textContent = JSON.stringify({
    images: images.length,
    broken: images.filter(function (i) { return !(i.complete && i.naturalWidth > 0); }).length,
    lost: Array.from(d.querySelectorAll("a")).filter(function (a) { return !d.getElementById(a.getAttribute("href").slice(1)); }).length,
    width: d.documentElement.scrollWidth
  });
});
</script>`

var seenText = regexp.MustCompile(`(?s)<pre id="seen">(.*?)</pre>`)

// TestPageInChromium opens a page with hostile names in a browser: nothing on
// the console, every picture loads, every link leads somewhere, and nothing is
// wider than a telephone.
func TestPageInChromium(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium on this machine: apt-get install chromium lets this test open a page in it")
	}
	var picture, page bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		t.Fatal(err)
	}
	r := findings(`<script>console.error("evil")</script>`)
	r.Unreadable[0].Path = strings.Repeat("a-very-long-name", 30) + `"><img src=x onerror=console.error(1)>.jpg`
	if err := r.WritePage(&page, func(string) []byte { return picture.Bytes() }); err != nil {
		t.Fatal(err)
	}
	dom, complaints := dumpDOM(t, browser, page.Bytes())
	if strings.Contains(complaints, "CONSOLE") {
		t.Errorf("on the console: %s", complaints)
	}
	m := seenText.FindStringSubmatch(dom)
	if m == nil {
		t.Fatalf("the browser gave %d bytes without what was seen:\n%s", len(dom), complaints)
	}
	var seen struct{ Images, Broken, Lost, Width int }
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &seen); err != nil {
		t.Fatal(err)
	}
	if want := 3 + len(Problems()); seen.Images != want || seen.Broken > 0 || seen.Lost > 0 || seen.Width > 400 {
		t.Errorf("%d images of %d, %d of them broken, %d links lost, %d pixels wide", seen.Images, want, seen.Broken, seen.Lost, seen.Width)
	}
}

// dumpDOM gives the document after the scripts of frame have run, and what the
// browser wrote to standard error.
func dumpDOM(t *testing.T, browser string, page []byte) (dom, complaints string) {
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
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	// The sandbox needs rights that a container seldom has; the page is our own.
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+t.TempDir(),
		"--enable-logging=stderr", "--window-size=1000,1000", "--dump-dom", server.URL+"/frame.html")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, stderr.String())
	}
	return string(out), stderr.String()
}
