package serve

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
)

// Security is who may ask, and how it is kept from others. The zero value lets
// everybody ask who can reach the service.
type Security struct {
	// Tokens is a file with a token a line, of at least 16 characters; empty lines
	// and those that begin with # do not count. All but health and the page then
	// need one, as "Authorization: Bearer TOKEN". "" needs none.
	Tokens string
	// Certificate and Key are PEM files for TLS; "" for none.
	Certificate, Key string
	// Origins are the web sites whose pages may ask, such as
	// "https://app.example"; "*" is all. None but the service's own page if empty.
	Origins []string
}

// A guard is a Security that is in force. Tokens and certificate can be read
// again.
type guard struct {
	Security
	tokens      atomic.Pointer[[][sha256.Size]byte]
	certificate atomic.Pointer[tls.Certificate]
	cross       *http.CrossOriginProtection // nil: every origin may ask
}

func newGuard(s Security) (*guard, error) {
	g := &guard{Security: s}
	if (s.Certificate == "") != (s.Key == "") {
		return nil, errors.New("serve: a certificate needs a key, and a key a certificate")
	}
	if !slices.Contains(s.Origins, "*") {
		g.cross = http.NewCrossOriginProtection()
		for _, o := range s.Origins {
			if err := g.cross.AddTrustedOrigin(o); err != nil {
				return nil, fmt.Errorf("serve: the origin %q is not like https://app.example: %w", o, err)
			}
		}
	}
	return g, g.read()
}

// read reads tokens and certificate. What cannot be read leaves the old in force.
func (g *guard) read() error {
	var failed []error
	if g.Tokens != "" {
		tokens, err := readTokens(g.Tokens)
		if err == nil {
			g.tokens.Store(&tokens)
		}
		failed = append(failed, err)
	}
	if g.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(g.Certificate, g.Key)
		if err == nil {
			g.certificate.Store(&pair)
		} else {
			err = fmt.Errorf("serve: the certificate %q: %w", g.Certificate, err)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// shortestToken is how long a token must be: shorter ones can be guessed.
const shortestToken = 16

// readTokens gives the SHA-256 of each token in a file.
func readTokens(path string) (sums [][sha256.Size]byte, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("serve: the tokens: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		token := strings.TrimSpace(line)
		if token == "" || strings.HasPrefix(token, "#") {
			continue
		}
		if len(token) < shortestToken {
			return nil, fmt.Errorf("serve: the tokens %q: one has %d characters; it takes %d", path, len(token), shortestToken)
		}
		sums = append(sums, sha256.Sum256([]byte(token)))
	}
	if sums == nil {
		return nil, fmt.Errorf("serve: the tokens %q: there is none", path)
	}
	return sums, nil
}

// admits says why a request may not ask; nil if it may. How long that takes tells
// nothing of the tokens.
func (g *guard) admits(r *http.Request) error {
	tokens := g.tokens.Load()
	if tokens == nil {
		return nil
	}
	given, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	sum, right := sha256.Sum256([]byte(strings.TrimSpace(given))), 0
	for _, t := range *tokens {
		right |= subtle.ConstantTimeCompare(sum[:], t[:])
	}
	if !found || right == 0 {
		return refuse(http.StatusUnauthorized, "this service wants a token: Authorization: Bearer TOKEN")
	}
	return nil
}

// tls is the configuration of listeners; nil without a certificate.
func (g *guard) tls() *tls.Config {
	if g.Certificate == "" {
		return nil
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return g.certificate.Load(), nil },
	}
}

// guarded keeps out what pages of other origins send, answers their questions
// whether they may, and lets only those in who have a token, if it takes one.
func (s *Server) guarded(open bool, answer answerer) answerer {
	return func(w http.ResponseWriter, r *http.Request) error {
		if g := s.guard; g.cross != nil {
			if err := g.cross.Check(r); err != nil {
				return refuse(http.StatusForbidden, "pages of other origins may not ask this service")
			}
		}
		if !open {
			if err := s.guard.admits(r); err != nil {
				w.Header().Set("WWW-Authenticate", "Bearer")
				return err
			}
		}
		return answer(w, r)
	}
}

// shared lets pages of the origins that may ask read the answers, and answers the
// question that browsers ask before.
func (s *Server) shared(next http.Handler) http.Handler {
	if len(s.guard.Origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, origin := w.Header(), r.Header.Get("Origin")
		h.Add("Vary", "Origin")
		if origin == "" || !slices.Contains(s.guard.Origins, origin) && !slices.Contains(s.guard.Origins, "*") {
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
			seen(r).endpoint = "preflight"
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
