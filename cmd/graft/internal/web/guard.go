package web

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
)

// Security is who may ask, and how it is kept from others. The zero value lets
// everybody ask who can reach the service, but no page of another origin.
type Security struct {
	// Tokens is a file with a token a line, of at least 16 characters; empty lines
	// and those that begin with # do not count. All but open routes then need one,
	// as "Authorization: Bearer TOKEN". "" needs none.
	Tokens string
	// Certificate and Key are PEM files for TLS; "" for none.
	Certificate, Key string
	// Origins are the web sites whose pages may ask, such as
	// "https://app.example"; "*" is all. None but the service's own page if empty.
	Origins []string
	// Hosts are the names by which the service may be asked; any if empty. With
	// [Local], a page elsewhere whose name is made to lead to this machine learns
	// nothing.
	Hosts []string
}

// Local are the names of this machine to itself.
var Local = []string{"localhost", "127.0.0.1", "::1"}

// A Guard is a Security that is in force. Tokens and certificate can be read
// again. It is safe for concurrent use.
type Guard struct {
	security    Security
	tokens      atomic.Pointer[Tokens]
	certificate atomic.Pointer[tls.Certificate]
	cross       *http.CrossOriginProtection // nil: every origin may ask
}

// NewGuard reads what a Security names.
func NewGuard(s Security) (*Guard, error) {
	g := &Guard{security: s}
	if (s.Certificate == "") != (s.Key == "") {
		return nil, errors.New("web: a certificate needs a key, and a key a certificate")
	}
	if !slices.Contains(s.Origins, "*") {
		g.cross = http.NewCrossOriginProtection()
		for _, o := range s.Origins {
			if err := g.cross.AddTrustedOrigin(o); err != nil {
				return nil, fmt.Errorf("web: the origin %q is not like https://app.example: %w", o, err)
			}
		}
	}
	return g, g.Read()
}

// Read reads tokens and certificate again. What cannot be read leaves the old in
// force.
func (g *Guard) Read() error {
	var failed []error
	if g.security.Tokens != "" {
		tokens, err := ReadTokens(g.security.Tokens)
		if err == nil {
			g.tokens.Store(tokens)
		}
		failed = append(failed, err)
	}
	if g.security.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(g.security.Certificate, g.security.Key)
		if err == nil {
			g.certificate.Store(&pair)
		} else {
			err = fmt.Errorf("web: the certificate %q: %w", g.security.Certificate, err)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// Require takes these tokens instead of a file's: for a page whose token the
// program makes itself, see [NewToken].
func (g *Guard) Require(t *Tokens) { g.tokens.Store(t) }

// admits says why a request may not ask; nil if it may.
func (g *Guard) admits(r *http.Request) error {
	if tokens := g.tokens.Load(); tokens != nil && !tokens.Has(Bearer(r)) {
		return Refuse(http.StatusUnauthorized, "this service wants a token: Authorization: Bearer TOKEN")
	}
	return nil
}

// knows reports whether the service may be asked by the name of a request.
func (g *Guard) knows(r *http.Request) bool {
	if len(g.security.Hosts) == 0 {
		return true
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	return slices.Contains(g.security.Hosts, host)
}

// TLS is the configuration of listeners; nil without a certificate.
func (g *Guard) TLS() *tls.Config {
	if g == nil || g.security.Certificate == "" {
		return nil
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return g.certificate.Load(), nil },
	}
}

// guarded keeps out what comes by another name, what pages of other origins send,
// and who has no token, if it takes one.
func (g *Guard) guarded(open bool, answer Answerer) Answerer {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !g.knows(r) {
			return Refuse(http.StatusMisdirectedRequest, "this service is not called %.64q", r.Host)
		}
		if g.cross != nil {
			if err := g.cross.Check(r); err != nil {
				return Refuse(http.StatusForbidden, "pages of other origins may not ask this service")
			}
		}
		if !open {
			if err := g.admits(r); err != nil {
				w.Header().Set("WWW-Authenticate", "Bearer")
				return err
			}
		}
		return answer(w, r)
	}
}

// shared lets pages of the origins that may ask read the answers, and answers the
// question that browsers ask before.
func (g *Guard) shared(next http.Handler) http.Handler {
	origins := g.security.Origins
	if len(origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, origin := w.Header(), r.Header.Get("Origin")
		h.Add("Vary", "Origin")
		if origin == "" || !slices.Contains(origins, origin) && !slices.Contains(origins, "*") {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "Inference-Header-Content-Length, Retry-After, X-Request-Id")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Inference-Header-Content-Length, X-Request-Id")
			h.Set("Access-Control-Max-Age", "600")
			VisitOf(r).Endpoint = "preflight"
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
