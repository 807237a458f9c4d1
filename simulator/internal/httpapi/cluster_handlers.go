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
)

// clusterHeader names the cluster that a request is for.
const clusterHeader = "Fermi-Cluster-Id"

// apiVersion is the version that the contract says it has.
var apiVersion = string(regexp.MustCompile(`(?m)^info:\n(?:  .*\n)*?  version: (\S+)$`).FindSubmatch(contract.OpenAPI)[1])

func (s operations) GetCluster(w http.ResponseWriter, r *http.Request) {
	c := s.cluster.Info()
	s.answer(w, r, messageOK, api.Cluster{ID: c.ID, Name: c.Name, APIVersion: apiVersion, Ephemeral: c.Ephemeral})
}

// clusterID reads the id of the cluster that a request is for; "" where it names none.
func clusterID(r *http.Request) (string, error) {
	values := r.Header.Values(clusterHeader)
	if len(values) == 0 {
		return "", nil
	}
	id, err := uuid.Parse(values[0])
	if err != nil || len(values) > 1 || len(values[0]) != len(id.String()) {
		return "", invalidHeader(clusterHeader, wantUUID)
	}
	return id.String(), nil
}

// checkClusterID lets a request that names a cluster see and change no other. A write is given the id, and
// the cluster compares it together with the command. Everything else is compared when its answer begins, so that neither what a read has
// seen nor a refusal, such as that an object doesn't exist, is told of another cluster; a read is compared before it
// begins too, for it may wait.
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

// dropHeaders removes what a handler has set for an answer that another one takes the place of.
func dropHeaders(w http.ResponseWriter) {
	maps.DeleteFunc(w.Header(), func(name string, _ []string) bool { return !strings.HasPrefix(name, "X-") && name != "Vary" })
	w.Header().Set("Cache-Control", "no-store")
}
