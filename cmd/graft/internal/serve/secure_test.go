package serve

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"graft/cmd/graft/internal/web"
)

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTokens(t *testing.T) {
	const first, second, third = "first-token-0123456789", "second-token-0123456789", "third-token-0123456789"
	path := writeFile(t, filepath.Join(t.TempDir(), "tokens"), "# who\n"+first+"\n\n  "+second+"\n")
	f := loaded(t, &fakeTrunk{}, func(o *Options) { o.Security.Tokens = path })
	status := func(method, path, authorization string) int {
		return f.ask(method, path, photo(1), "Authorization", authorization).Code
	}
	for authorization, want := range map[string]int{
		"Bearer " + first: 200, "Bearer " + second: 200, "Bearer " + third: 401, "Bearer ": 401, "": 401,
		"Basic " + first: 401, first: 401, "Bearer # who": 401, "bearer " + first: 401,
	} {
		if got := status("POST", "/classify", authorization); got != want {
			t.Errorf("%q: status %d, want %d", authorization, got, want)
		}
	}
	for path, want := range map[string]int{
		"/v2/health/live": 200, "/v2/health/ready": 200, "/v2": 401, "/v2/models": 401, "/v2/models/insects": 401, "/metrics": 401, "/nothing": 401,
	} {
		if got := status("GET", path, ""); got != want {
			t.Errorf("%s without a token: status %d, want %d", path, got, want)
		}
	}
	if w := f.ask("GET", "/v2", nil); w.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("headers %v", w.Header())
	}
	writeFile(t, path, third)
	if err := f.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := status("POST", "/classify", "Bearer "+first), status("POST", "/classify", "Bearer "+third); a != 401 || b != 200 {
		t.Errorf("after other tokens: status %d with an old, %d with a new one", a, b)
	}
	writeFile(t, path, "short")
	if err := f.Reload(t.Context()); err == nil || strings.Contains(err.Error(), "short\"") {
		t.Errorf("a short token: %v", err)
	}
	if got := status("POST", "/classify", "Bearer "+third); got != 200 {
		t.Errorf("after tokens that cannot be read: status %d", got)
	}
	if log := f.log.String(); strings.Contains(log, first) || strings.Contains(log, third) {
		t.Error("the log has a token")
	}
	for text, reason := range map[string]string{"": "there is none", "# only\n": "there is none", "0123456789": "it takes 16"} {
		if _, err := web.ReadTokens(writeFile(t, path, text)); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("tokens %q: %v", text, err)
		}
	}
}

// certificate writes a certificate for 127.0.0.1 with a name, and its key.
func certificate(t testing.TB, dir, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert = writeFile(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	key = writeFile(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})))
	return cert, key
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificate(t, dir, "one")
	s := listening(t, &fakeTrunk{}, func(o *Options) { o.Security.Certificate, o.Security.Key = cert, key })
	s.url = strings.Replace(s.url, "http:", "https:", 1)
	name := func() string {
		t.Helper()
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}}
		defer c.CloseIdleConnections()
		r, err := c.Post(s.url+"/classify", "image/jpeg", strings.NewReader(string(photo(1))))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 200 || r.ProtoMajor != 2 {
			t.Errorf("status %d by %s", r.StatusCode, r.Proto)
		}
		return r.TLS.PeerCertificates[0].DNSNames[0]
	}
	if got := name(); got != "one" {
		t.Errorf("the certificate is of %q", got)
	}
	certificate(t, dir, "two")
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := name(); got != "two" {
		t.Errorf("after a new one the certificate is of %q", got)
	}
	writeFile(t, key, "broken")
	if err := s.Reload(t.Context()); err == nil {
		t.Error("a broken key is no error")
	}
	if got := name(); got != "two" {
		t.Errorf("after a broken one the certificate is of %q", got)
	}
	if _, err := New(Options{Models: []Source{{"a", "a"}}, Security: web.Security{Certificate: cert}}); err == nil {
		t.Error("a certificate without a key is no error")
	}
	r, err := http.Get(strings.Replace(s.url, "https:", "http:", 1))
	if err == nil {
		r.Body.Close()
		if r.StatusCode != 400 {
			t.Errorf("without TLS: status %d", r.StatusCode)
		}
	}
}

func TestOrigins(t *testing.T) {
	const app = "https://app.example"
	f := loaded(t, &fakeTrunk{}, func(o *Options) { o.Security.Origins = []string{app} })
	shut := loaded(t, &fakeTrunk{}, nil)
	all := loaded(t, &fakeTrunk{}, func(o *Options) { o.Security.Origins = []string{"*"} })
	for _, c := range []struct {
		f              *fixture
		origin, site   string
		status         int
		allowed        string
		whichHasNoName string
	}{
		{shut, "", "", 200, "", "no browser"},
		{shut, "http://example.com", "same-origin", 200, "", "the service's page"},
		{shut, app, "cross-site", 403, "", "another page"},
		{shut, app, "", 403, "", "another page in an old browser"},
		{f, app, "cross-site", 200, app, "the page that may"},
		{f, "https://evil.example", "cross-site", 403, "", "a page that may not"},
		{f, "", "", 200, "", "no browser"},
		{all, "https://evil.example", "cross-site", 200, "https://evil.example", "any page"},
	} {
		w := c.f.ask("POST", "/classify", photo(1), "Origin", c.origin, "Sec-Fetch-Site", c.site)
		if w.Code != c.status || w.Header().Get("Access-Control-Allow-Origin") != c.allowed {
			t.Errorf("%s: status %d, allowed %q", c.whichHasNoName, w.Code, w.Header().Get("Access-Control-Allow-Origin"))
		}
	}
	w := f.ask("OPTIONS", "/classify", nil, "Origin", app, "Access-Control-Request-Method", "POST")
	if h := w.Header(); w.Code != 204 || h.Get("Access-Control-Allow-Methods") == "" || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("preflight: %d %v", w.Code, h)
	}
	if w := shut.ask("OPTIONS", "/classify", nil, "Origin", app, "Access-Control-Request-Method", "POST"); w.Code != 405 || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("preflight where nobody may: %d %v", w.Code, w.Header())
	}
	if _, err := New(Options{Models: []Source{{"a", "a"}}, Security: web.Security{Origins: []string{"app.example"}}}); err == nil {
		t.Error("an origin without a scheme is no error")
	}
}

// TestHeaders are on every answer, also on errors.
func TestHeaders(t *testing.T) {
	f := loaded(t, &fakeTrunk{}, nil)
	for _, path := range []string{"/v2", "/nothing", "/classify", "/metrics"} {
		h := f.ask("GET", path, nil, "X-Request-Id", "mine-1").Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Cross-Origin-Resource-Policy": "same-origin", "X-Request-Id": "mine-1",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %q", path, h.Get("Content-Security-Policy"))
		}
	}
	if id := f.ask("GET", "/v2", nil, "X-Request-Id", "a\nb").Header().Get("X-Request-Id"); !requestIDs.MatchString(id) {
		t.Errorf("the id is %q", id)
	}
}

func TestMetrics(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tokens := writeFile(t, filepath.Join(t.TempDir(), "tokens"), "a-token-0123456789")
	s := listening(t, &fakeTrunk{}, func(o *Options) { o.Metrics, o.Security.Tokens = l, tokens })
	ask := func(token string, body []byte) int {
		r, _ := http.NewRequestWithContext(context.Background(), "POST", s.url+"/classify", strings.NewReader(string(body)))
		r.Header.Set("Authorization", "Bearer "+token)
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close()
		io.Copy(io.Discard, w.Body)
		return w.StatusCode
	}
	for _, c := range []struct {
		token  string
		body   []byte
		status int
	}{{"a-token-0123456789", photo(1), 200}, {"a-token-0123456789", photo(1), 200}, {"a-token-0123456789", []byte("x"), 422}, {"b", photo(1), 401}} {
		if got := ask(c.token, c.body); got != c.status {
			t.Fatalf("status %d, want %d", got, c.status)
		}
	}
	writeFile(t, s.head, "broken")
	s.Reload(t.Context())
	r, err := http.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != 200 {
		t.Fatal(r.StatusCode, err)
	}
	for _, line := range []string{
		`graft_requests_total{code="200",endpoint="classify",model="insects"} 2`,
		`graft_requests_total{code="422",endpoint="classify",model="insects"} 1`,
		`graft_requests_total{code="401",endpoint="classify",model=""} 1`,
		`graft_images_total{model="insects",outcome="ok"} 1`,
		`graft_images_total{model="insects",outcome="cached"} 1`,
		`graft_images_total{model="insects",outcome="error"} 1`,
		`graft_stage_seconds_count{stage="trunk"} 1`,
		`graft_cache_rows 1`,
		`graft_queue_images 0`,
		`graft_ready 1`,
		`graft_reloads_total{model="insects",outcome="failed"} 1`,
		`graft_reload_failed{model="insects"} 1`,
		`graft_model_info{fingerprint="` + s.sum + `",model="insects",trunk="` + strings.Repeat("ab", 32) + `"} 1`,
		`graft_top_probability_count{model="insects"} 2`,
		`graft_predictions_total{label=`,
	} {
		if !strings.Contains(string(b), "\n"+line) {
			t.Errorf("there is no %s", line)
		}
	}
	if t.Failed() {
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, "graft_") {
				t.Log(strings.TrimSpace(line))
			}
		}
	}
	if w, err := http.Get(s.url + "/metrics"); err != nil || w.StatusCode == 200 {
		t.Errorf("the metrics are on the other address, too: %v", err)
	}
}

// requestIDs are what ids of requests look like.
var requestIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
