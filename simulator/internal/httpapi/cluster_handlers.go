package httpapi

import (
	"maps"
	"net/http"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// clusterHeader is the header with the id of the cluster that a request is for.
const clusterHeader = "Fermi-Cluster-Id"

// apiVersion is the version of the contract.
var apiVersion = string(regexp.MustCompile(`(?m)^info:\n(?:  .*\n)*?  version: (\S+)$`).FindSubmatch(contract.OpenAPI)[1])

func (s operations) GetCluster(w http.ResponseWriter, r *http.Request) {
	c := s.cluster.Info()
	s.answer(w, r, text.OK, api.Cluster{ID: c.ID, Name: c.Name, APIVersion: apiVersion, Ephemeral: c.Ephemeral})
}

// clusterID returns the id in clusterHeader, or "" if there is none.
func clusterID(r *http.Request) (string, error) {
	values := r.Header.Values(clusterHeader)
	if len(values) == 0 {
		return "", nil
	}
	id, err := uuid.Parse(values[0])
	if err != nil || len(values) > 1 || len(values[0]) != len(id.String()) {
		return "", invalidHeader(clusterHeader, text.WantUUID)
	}
	return id.String(), nil
}

// checkClusterID refuses requests that name another cluster than the present one, which may be replaced at any time. A write
// passes the id on, and the cluster compares it in the same step as it makes the change. All other answers are checked when they
// begin, so that neither data nor an error such as 404 is another cluster's. Reads are also checked before they start, since they
// may wait.
func (s *Server) checkClusterID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := clusterID(r)
		if err != nil && strings.HasPrefix(exchangeOf(r).route, apiPrefix) {
			s.fail(w, r, err)
			return
		}
		if id == "" || !strings.HasPrefix(exchangeOf(r).route, apiPrefix) {
			next.ServeHTTP(w, r)
			return
		}
		reads := isRead(r.Method) || r.URL.Path == estimatePath
		if reads {
			if err := s.checkCluster(id); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		e := exchangeOf(r)
		e.cluster = id
		e.beforeAnswer(func(status int) bool {
			if !reads && status < http.StatusBadRequest {
				return true
			}
			err := s.checkCluster(id)
			if err != nil {
				dropHeaders(w)
				s.fail(w, r, err)
			}
			return err == nil
		})
		next.ServeHTTP(w, r)
	})
}

// checkCluster returns a *backend.WrongClusterError unless id is the present cluster's. The next call may meet another one.
func (s *Server) checkCluster(id string) error {
	if present := s.cluster.Info().ID; id != present {
		return &backend.WrongClusterError{Cluster: present, Wanted: id}
	}
	return nil
}

// dropHeaders removes the headers that a handler has set, for another answer that is sent instead.
func dropHeaders(w http.ResponseWriter) {
	maps.DeleteFunc(w.Header(), func(name string, _ []string) bool { return !strings.HasPrefix(name, "X-") && name != "Vary" })
	w.Header().Set("Cache-Control", "no-store")
}
