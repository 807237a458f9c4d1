package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

const snapshotPath = "/sim/v1/snapshot"

// snapshotFormat is the version of the format around the state, which has a version of its own.
const snapshotFormat = 1

func (s *controlPlane) GetSnapshot(w http.ResponseWriter, r *http.Request) {
	if !s.acquire(s.snapshotting, w, r) {
		return
	}
	defer func() { <-s.snapshotting }()
	taken := s.engine.Snapshot()
	snapshot := api.Snapshot{
		Format: snapshotFormat, Cluster: taken.Cluster, Scenario: api.Scenario(taken.Scenario), Start: taken.Start.Format(time.RFC3339Nano),
		State: map[string]map[string]json.RawMessage{},
	}
	for _, record := range taken.Records {
		if snapshot.State[record.Kind] == nil {
			snapshot.State[record.Kind] = map[string]json.RawMessage{}
		}
		snapshot.State[record.Kind][record.ID] = record.Data
	}
	s.answer(w, r, messageOK, snapshot)
}

// PutSnapshot restores the answer of GET, or only its data.
func (s *controlPlane) PutSnapshot(w http.ResponseWriter, r *http.Request) {
	if !s.acquire(s.snapshotting, w, r) {
		return
	}
	defer func() { <-s.snapshotting }()
	body, err := readBody(r, "application/json")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	snapshot, err := decodeSnapshot(body)
	if err == nil {
		err = noteSaved(r, s.restore(snapshot))
	}
	var malformed *badRequest
	var broken *world.Violation
	switch {
	case errors.As(err, &malformed), isNotSaved(err):
		s.fail(w, r, err)
	case errors.As(err, &broken):
		s.refuse(w, r, http.StatusUnprocessableEntity, api.ErrorReasonSnapshotInvalid, "", map[string]any{
			"error": err.Error(), "record": broken.Record, "field": broken.Field, "rule": broken.Rule,
		})
	case err != nil:
		s.refuse(w, r, http.StatusUnprocessableEntity, api.ErrorReasonSnapshotInvalid, "", map[string]any{"error": err.Error()})
	default:
		s.answer(w, r, messageLoaded, newClock(s.engine.Clock()))
	}
}

func (s *controlPlane) restore(snapshot *savedSnapshot) error {
	scenario, config, err := s.parse(snapshot.scenario.Text)
	if err != nil {
		return fmt.Errorf("its scenario: %w", err)
	}
	scenario.Name = snapshot.scenario.Name
	return s.engine.Restore(engine.Snapshot{
		Cluster: snapshot.cluster, Scenario: scenario, Start: snapshot.start, Records: snapshot.records,
	}, config)
}

// Mistake is one mistake in a scenario; Line and Column count from 1.
type Mistake struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

func (m Mistake) String() string {
	where := fmt.Sprintf("%d:%d: ", m.Line, m.Column)
	if m.Path != "" {
		where += m.Path + ": "
	}
	return where + m.Message
}

// Mistakes are all mistakes in a scenario.
type Mistakes []Mistake

func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i := range m {
		lines[i] = m[i].String()
	}
	return strings.Join(lines, "\n")
}

// PutScenario begins a new cluster. As after a reset, faults and journal are cleared.
func (s *controlPlane) PutScenario(w http.ResponseWriter, r *http.Request) {
	if !s.acquire(s.snapshotting, w, r) {
		return
	}
	defer func() { <-s.snapshotting }()
	body, err := readBody(r, "application/yaml", "application/x-yaml", "text/yaml", "application/json")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	scenario, config, err := s.parse(string(body))
	if err == nil {
		scenario.Name = "custom"
		err = noteSaved(r, s.engine.Load(scenario, config))
	}
	if isNotSaved(err) {
		s.fail(w, r, err)
		return
	}
	var mistakes Mistakes
	if err != nil && !errors.As(err, &mistakes) {
		mistakes = Mistakes{{Line: 1, Column: 1, Message: err.Error()}}
	}
	if len(mistakes) > 0 {
		s.refuse(w, r, http.StatusUnprocessableEntity, api.ErrorReasonScenarioInvalid, "", map[string]any{
			"count": len(mistakes), "first": mistakes[0].String(), "problems": mistakes,
		})
		return
	}
	s.faults.reset()
	s.journal.clear()
	s.answer(w, r, messageLoaded, newClock(s.engine.Clock()))
}
