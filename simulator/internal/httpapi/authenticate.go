package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
)

// credential compares tokens with one that is configured. It compares hashes, which all have one length, so that the time of a
// comparison tells nothing of the token, not even its length.
type credential struct {
	set bool
	sum [sha256.Size]byte
}

func newCredential(token string) (credential, error) {
	if token != strings.TrimSpace(token) || !httpguts.ValidHeaderFieldValue(token) {
		return credential{}, errors.New("a token has spaces around it or a control character in it, which no header can carry")
	}
	return credential{token != "", sha256.Sum256([]byte(token))}, nil
}

func (c credential) is(token string) bool {
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], c.sum[:]) == 1 && c.set
}

// authenticate refuses requests without the configured token. The read-only token is good for reads and estimates.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.token.set || isHealth(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		bearer := strings.EqualFold(scheme, "Bearer")
		switch {
		case bearer && s.token.is(token):
		case !bearer || !s.reader.is(token):
			w.Header().Set("WWW-Authenticate", `Bearer realm="fermi"`)
			s.refuse(w, r, http.StatusUnauthorized, api.ErrorReasonUnauthorized, "", nil)
			return
		case !isRead(r.Method) && r.URL.Path != estimatePath:
			s.refuse(w, r, http.StatusForbidden, api.ErrorReasonReadOnlyToken, "", map[string]any{"method": r.Method})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isHealth(path string) bool { return path == "/healthz" || path == "/readyz" }

func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }
