package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// weightsHost is a name that nobody has: only a proxy can find it.
const weightsHost = "weights.graft.invalid"

// A company has a proxy, which wants a password, and a server behind it, whose
// certificate only its own authority vouches for.
type company struct {
	proxy       string // host:port
	certificate string // file of the authority
	tunnels     atomic.Int64
	plain       atomic.Int64
}

func newCompany(t *testing.T) *company {
	t.Helper()
	c := new(company)
	serve := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "no weights") })
	server := httptest.NewUnstartedServer(serve)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{c.authority(t)}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it
	server.StartTLS()
	t.Cleanup(server.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Proxy-Authorization") != "Basic bWU6c2VjcmV0": // me:secret
			w.WriteHeader(http.StatusProxyAuthRequired)
		case r.Method == http.MethodConnect && r.Host == weightsHost+":443":
			c.tunnels.Add(1)
			tunnel(t, w, server.Listener.Addr().String())
		case r.URL.Host == weightsHost:
			c.plain.Add(1)
			serve(w, r)
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(proxy.Close)
	c.proxy = proxy.Listener.Addr().String()
	return c
}

// tunnel connects a client of a proxy with a server.
func tunnel(t *testing.T, w http.ResponseWriter, to string) {
	server, err := net.Dial("tcp", to)
	if err != nil {
		t.Error(err)
		return
	}
	client, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { io.Copy(server, client); server.Close() }()
	go func() { io.Copy(client, server); client.Close() }()
}

// authority makes a certificate for the server, which vouches for itself, and
// writes it to a file.
func (c *company) authority(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the company"}, DNSNames: []string{weightsHost},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c.certificate = filepath.Join(t.TempDir(), "company.pem")
	if err := os.WriteFile(c.certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o666); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestFetchInACompany downloads through a proxy, with a password and a
// certificate of the company's own. What comes is no weights, which is how the
// test knows that it came.
func TestFetchInACompany(t *testing.T) {
	if url := os.Getenv("GRAFT_TEST_FETCH"); url != "" {
		os.Exit(run(t.Context(), []string{"graft", "trunk", "fetch", "--url", url, "--weights", "none-00000000.pth", "--out", os.DevNull}, nil, os.Stdout, os.Stderr))
	}
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere the system's own certificates are asked")
	}
	c := newCompany(t)
	const came = "SHA-256"
	for _, test := range []struct {
		name, url, want string
		env             []string
	}{
		{"as it should be", "https://", came, []string{"HTTPS_PROXY=http://me:secret@" + c.proxy, "SSL_CERT_FILE=" + c.certificate}},
		{"without TLS", "http://", came, []string{"HTTP_PROXY=http://me:secret@" + c.proxy}},
		{"a certificate that is not trusted", "https://", "hint: $SSL_CERT_FILE names", []string{"HTTPS_PROXY=http://me:secret@" + c.proxy}},
		{"no password", "https://", "hint: the proxy wants a password", []string{"HTTPS_PROXY=http://" + c.proxy, "SSL_CERT_FILE=" + c.certificate}},
		{"no password, without TLS", "http://", "hint: the proxy wants a password", []string{"HTTP_PROXY=http://" + c.proxy}},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFetchInACompany$")
		cmd.Env = append(test.env, "GRAFT_TEST_FETCH="+test.url+weightsHost, "HOME="+t.TempDir())
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Run(); err == nil || !strings.Contains(said.String(), test.want) {
			t.Errorf("%s: %v, want %q in:\n%s", test.name, err, test.want, &said)
		}
	}
	if c.tunnels.Load() == 0 || c.plain.Load() == 0 {
		t.Errorf("the proxy was asked for %d tunnels and %d pages", c.tunnels.Load(), c.plain.Load())
	}
}
