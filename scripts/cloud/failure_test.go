package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestAnswers has stores refuse: each refusal is of its kind, is one line, and is not asked for again.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		status     int
		code, more string
		kind       string
		text       string
	}{
		{403, "AccessDenied", "", denied, "AccessDenied"},
		{404, "NoSuchKey", "", missing, "NoSuchKey"},
		{404, "NoSuchBucket", "", container, "NoSuchBucket"},
		{403, "InvalidAccessKeyId", "", credentials, "InvalidAccessKeyId"},
		{403, "SignatureDoesNotMatch", "", credentials, "SignatureDoesNotMatch"},
		{403, "RequestTimeTooSkewed", "", credentials, "RequestTimeTooSkewed"},
		{301, "PermanentRedirect", "eu-west-1", region, "the bucket is in the region eu-west-1"},
		{400, "AuthorizationHeaderMalformed", "", region, ""},
		{400, "InvalidRequest", "", other, "InvalidRequest"},
	} {
		var asked atomic.Int32
		s := serveS3(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			if c.more != "" {
				w.Header().Set("X-Amz-Bucket-Region", c.more)
			}
			w.WriteHeader(c.status)
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>the server's\nown words</Message></Error>", c.code)
		}))
		err := s.do(t.Context(), request{Op: "get", Name: "x", File: filepath.Join(t.TempDir(), "x")}, nil)
		kind, text, _ := look(err)
		if kind != c.kind || !strings.Contains(text, c.text) || strings.Contains(text, "\n") || asked.Load() != 1 {
			t.Errorf("%s: kind %s, %q, asked %d times; want %s", c.code, kind, text, asked.Load(), c.kind)
		}
	}
}

// TestCutListing has every answer of a listing cut: it is asked for until one is whole.
func TestCutListing(t *testing.T) {
	f := newFaulty(0)
	var asked atomic.Int32
	s := serveS3(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && asked.Add(1) < 4 {
			cutShort(w, r, f.inner)
		}
		f.ServeHTTP(w, r)
	}))
	ask(t, s, request{Op: "put", Name: "a", File: write(t, t.TempDir(), []byte("a"))}, "")
	if list := ask(t, s, request{Op: "list"}, ""); len(list) != 1 || asked.Load() != 4 {
		t.Errorf("%v, asked %d times", list, asked.Load())
	}
}

// TestServers has no server, one that is not trusted, and one without TLS.
func TestServers(t *testing.T) {
	untrusted := httptest.NewTLSServer(newFaulty(0))
	defer untrusted.Close()
	plain := httptest.NewServer(newFaulty(0))
	defer plain.Close()
	gone := httptest.NewServer(newFaulty(0))
	gone.Close()
	for _, c := range []struct{ url, kind, text string }{
		{untrusted.URL, certificate, "certificate"},
		{strings.Replace(plain.URL, "http:", "https:", 1), certificate, "HTTP response to HTTPS client"},
		{gone.URL, unreachable, "connection refused"},
		{"http://nowhere.invalid", unreachable, "nowhere.invalid"},
	} {
		toServer(t, c.url)
		s, err := open(t.Context(), "s3://photos")
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		kind, text, _ := look(s.do(t.Context(), request{Op: "list"}, nil))
		if kind != c.kind || !strings.Contains(text, c.text) {
			t.Errorf("%s: kind %s, %q, want %s", c.url, kind, text, c.kind)
		}
		t.Logf("%.1f s: %s: %s", time.Since(begin).Seconds(), kind, text)
		s.Close()
	}
}

// TestNoCredentials opens each of the stores with none: it says so before long, and what to set.
func TestNoCredentials(t *testing.T) {
	toServer(t, "")
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		for _, prefix := range []string{"AWS_", "AZURE_", "GOOGLE_", "STORAGE_", "GS_", "CLOUDSDK_"} {
			if strings.HasPrefix(name, prefix) {
				t.Setenv(name, "")
			}
		}
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for url, set := range map[string]string{
		"s3://photos/a":     "AWS_ACCESS_KEY_ID",
		"gs://photos/a":     "GOOGLE_APPLICATION_CREDENTIALS",
		"azblob://photos/a": "AZURE_STORAGE_ACCOUNT",
	} {
		begin := time.Now()
		_, err := open(t.Context(), url)
		kind, text, _ := look(err)
		if kind != credentials || !strings.Contains(text, "$"+set) || time.Since(begin) > 2*credentialsWithin {
			t.Errorf("%s: kind %s, %q", url, kind, text)
		}
		t.Logf("%.1f s: %s", time.Since(begin).Seconds(), text)
	}
}

// TestURLs refuses those that are of no bucket.
func TestURLs(t *testing.T) {
	toServer(t, "http://127.0.0.1:1")
	for url, want := range map[string]string{
		"s3://":             "is not of the form",
		"s3:///photos":      "is not of the form",
		"s3://a/b?x=1":      "is not of the form",
		"s3://a:80/b":       "is not of the form",
		"http://photos/a":   "the stores are",
		"file:///photos/a":  "is not of the form",
		"s3://user@photos/": "is not of the form",
	} {
		if _, err := open(t.Context(), url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}
