package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
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
	s.answer(w, r, text.OK, s.snapshot())
}

func (c *Control) snapshot() api.Snapshot {
	taken := c.engine.Snapshot()
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
	return snapshot
}

// WriteSnapshot writes the data of what GET answers, when they are on disk.
func (c *Control) WriteSnapshot(w io.Writer) error {
	c.snapshotting <- struct{}{}
	defer func() { <-c.snapshotting }()
	mark := c.engine.Mark()
	snapshot := c.snapshot()
	if err := c.engine.SettleSince(mark); err != nil {
		return err
	}
	_, err := w.Write(append(encode(snapshot), '\n'))
	return err
}

// PutSnapshot restores the answer of GET, or only its data.
func (s *controlPlane) PutSnapshot(w http.ResponseWriter, r *http.Request) {
	if !s.acquire(s.snapshotting, w, r) {
		return
	}
	defer func() { <-s.snapshotting }()
	body, err := readBody(r, "application/json")
	if err == nil {
		err = noteSaved(r, s.restore(body))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.Loaded, newClock(s.engine.Clock()))
}

// ReadSnapshot restores what WriteSnapshot wrote, or what GET answered.
func (c *Control) ReadSnapshot(r io.Reader) error {
	c.snapshotting <- struct{}{}
	defer func() { <-c.snapshotting }()
	body, err := io.ReadAll(io.LimitReader(r, maxSnapshot+1))
	if err != nil {
		return err
	}
	if len(body) > maxSnapshot {
		return overLimit(maxSnapshot)
	}
	body = bytes.TrimPrefix(body, []byte(byteOrderMark))
	if err := checkSurrogates(body); err != nil {
		return err
	}
	return c.restore(body)
}

// restore goes on with the world of a snapshot. An error changes nothing.
func (c *Control) restore(body []byte) error {
	snapshot, err := decodeSnapshot(body)
	if err == nil {
		err = c.restoreDecoded(snapshot)
	}
	var malformed *badRequest
	if err == nil || errors.As(err, &malformed) || isNotSaved(err) {
		return err
	}
	details := map[string]any{"error": err.Error()}
	var broken *world.Violation
	if errors.As(err, &broken) {
		details["record"], details["field"], details["rule"] = broken.Record, broken.Field, broken.Rule
	}
	return &badRequest{status: http.StatusUnprocessableEntity, reason: api.ErrorReasonSnapshotInvalid, details: details, cause: err}
}

func (c *Control) restoreDecoded(snapshot *savedSnapshot) error {
	scenario, config, err := c.parse(snapshot.scenario.Text)
	if err != nil {
		return fmt.Errorf("its scenario: %w", err)
	}
	scenario.Name = snapshot.scenario.Name
	return c.engine.Restore(engine.Snapshot{
		Cluster: snapshot.cluster, Scenario: scenario, Start: snapshot.start, Records: snapshot.records,
	}, config)
}

// PutScenario begins a new cluster.
func (s *controlPlane) PutScenario(w http.ResponseWriter, r *http.Request) {
	if !s.acquire(s.snapshotting, w, r) {
		return
	}
	defer func() { <-s.snapshotting }()
	body, err := readBody(r, "application/yaml", "application/x-yaml", "text/yaml", "application/json")
	if err == nil {
		err = noteSaved(r, s.load(engine.CustomScenario, string(body)))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.Loaded, newClock(s.engine.Clock()))
}

// SetScenario begins a new cluster of a scenario in YAML. As after a reset, faults and journal are cleared.
func (c *Control) SetScenario(name, yaml string) error {
	c.snapshotting <- struct{}{}
	defer func() { <-c.snapshotting }()
	if len(yaml) > maxBody {
		return overLimit(maxBody)
	}
	return c.load(name, yaml)
}

// load begins a new cluster of a scenario. An error changes nothing.
func (c *Control) load(name, yaml string) error {
	parsed, config, err := c.parse(yaml)
	if err == nil {
		parsed.Name = name
		err = c.engine.Load(parsed, config)
	}
	if isNotSaved(err) {
		return err
	}
	var problems scenario.Problems
	if err != nil && !errors.As(err, &problems) {
		problems = scenario.Problems{{Line: 1, Column: 1, Message: err.Error()}}
	}
	if len(problems) > 0 {
		return &badRequest{status: http.StatusUnprocessableEntity, reason: api.ErrorReasonScenarioInvalid, details: map[string]any{
			"count": len(problems), "first": problems[0].String(), "problems": problems,
		}, cause: err}
	}
	c.faults.reset()
	c.journal.clear()
	return nil
}
