package report

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

// frame opens the page 400 pixels wide and writes into itself what it sees
// there.
const frame = `<!doctype html><meta charset="utf-8"><iframe id="page" src="/page.html" width="400" height="900"></iframe>
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
    peek: !!d.querySelector("#peek:not([hidden]) img")
  });
});
</script>`

// TestInChromium opens pages in a real browser: nothing on the console, every
// image loads, every link of the matrix leads somewhere, nothing is wider than
// a telephone, and the map shows its images.
func TestInChromium(t *testing.T) {
	browser := chromium(t)
	hostile := examplePage(30, 3)
	hostile.Labels[1], hostile.Title = `<script>console.error("evil")</script>`, `"><img src=x onerror=console.error(1)>`
	hostile.Record = exampleRecord(hostile.Labels)
	gone := examplePage(30, 2)
	gone.Thumbnails = nil
	for name, p := range map[string]*Page{"two classes": examplePage(60, 2), "many": examplePage(300, 100), "hostile": hostile, "no photographs": gone} {
		t.Run(name, func(t *testing.T) {
			seen := open(t, browser, render(t, p))
			if seen.Broken > 0 || seen.Lost > 0 || seen.Width > 400 {
				t.Errorf("of %d images %d are broken, of %d links %d are lost, and the page is %d pixels wide", seen.Images, seen.Broken, seen.Links, seen.Lost, seen.Width)
			}
			if pictures := p.Thumbnails != nil; seen.Images < len(p.Y) && pictures || seen.Peek != pictures {
				t.Errorf("%d images for %d rows; the map shows one: %v", seen.Images, len(p.Y), seen.Peek)
			}
		})
	}
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium on this machine: apt-get install chromium lets this test open pages in it")
	return ""
}

type seen struct {
	Images, Broken, Links, Lost, Width int
	Peek                               bool
}

var seenText = regexp.MustCompile(`(?s)<pre id="seen">(.*?)</pre>`)

// open shows a page to the browser; whatever it writes to the console is an error.
func open(t *testing.T, browser, page string) seen {
	t.Helper()
	mux := http.NewServeMux()
	serve := func(path, text string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte(text))
		})
	}
	serve("/frame.html", frame)
	serve("/page.html", page)
	server := httptest.NewServer(mux)
	defer server.Close()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	// The sandbox needs rights that a container seldom has; the pages are our own.
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+t.TempDir(),
		"--enable-logging=stderr", "--window-size=1000,1000", "--dump-dom", server.URL+"/frame.html")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	cmd.WaitDelay = 5 * time.Second
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, complaints.String())
	}
	for line := range strings.Lines(complaints.String()) {
		// The browser itself asks for an icon of the frame.
		if strings.Contains(line, "CONSOLE") && !strings.Contains(line, "favicon.ico") {
			t.Errorf("on the console: %s", line)
		}
	}
	m := seenText.FindSubmatch(dom)
	if m == nil {
		t.Fatalf("the browser gave %d bytes without what was seen", len(dom))
	}
	var s seen
	if err := json.Unmarshal([]byte(html.UnescapeString(string(m[1]))), &s); err != nil {
		t.Fatal(err)
	}
	return s
}
