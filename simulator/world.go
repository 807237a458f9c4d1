package simulator

import (
	"cmp"
	"errors"
	"io"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
)

// Snapshot writes the whole world as JSON, for Restore in this or another simulator. It first saves the world in the data folder.
func (s *Simulator) Snapshot(w io.Writer) error {
	return failed(s.server.Control().WriteSnapshot(w), "take a snapshot")
}

// Restore continues with the world of a snapshot, from the virtual time at which it was taken. The cluster is then the snapshot's. The
// clock keeps its mode and speed; faults and the journal stay. Restore ends all waits. If it returns an error, nothing has changed.
func (s *Simulator) Restore(r io.Reader) error {
	return failed(s.server.Control().ReadSnapshot(r), "restore a snapshot")
}

// Scenario returns the scenario of the present world: its name, and its text in YAML, complete.
func (s *Simulator) Scenario() (name, text string) {
	present := s.server.Engine().Scenario()
	return cmp.Or(present.Name, engine.CustomScenario), present.Text
}

// SetScenario begins a new cluster with a scenario: a text in YAML, or the name of a bundled one, see Scenarios. It keeps the seed, goes
// back to the first clock, clears faults and the journal, and ends all waits. An error lists what is wrong in the scenario; then
// nothing has changed.
func (s *Simulator) SetScenario(scenario string) error {
	const op = "set the scenario"
	name, text := engine.CustomScenario, scenario
	if slices.Contains(Scenarios(), scenario) {
		var err error
		if text, err = ScenarioText(scenario); err != nil {
			return failed(err, op)
		}
		name = scenario
	}
	err := failed(s.server.Control().SetScenario(name, text), op)
	var refused *Error
	if errors.As(err, &refused) && refused.Reason == string(api.ErrorReasonScenarioInvalid) && !isYAML(scenario) {
		refused.Text = unknownScenario(scenario).Error()
	}
	return err
}

// Reset begins the present scenario anew, with the same seed and the first clock. That is a new cluster; faults and the journal are
// cleared. It ends all waits.
func (s *Simulator) Reset() error { return failed(s.server.Control().Reset(), "reset") }
