package simulator

import (
	"cmp"
	"errors"
	"io"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
)

// Snapshot writes the whole world as JSON, for Restore here or in another simulator. What it writes is in the data folder.
func (s *Simulator) Snapshot(w io.Writer) error {
	return failed(s.server.Control().WriteSnapshot(w), "take a snapshot")
}

// Restore goes on with the world of a snapshot, from the virtual time at which it was taken. That is the snapshot's cluster; mode
// and speed of the clock, faults and the journal stay as they are. It ends all waits. An error changes nothing.
func (s *Simulator) Restore(r io.Reader) error {
	return failed(s.server.Control().ReadSnapshot(r), "restore a snapshot")
}

// Scenario returns the scenario of the present world: its name, and its text in YAML, complete.
func (s *Simulator) Scenario() (name, text string) {
	present := s.server.Engine().Scenario()
	return cmp.Or(present.Name, httpapi.CustomScenario), present.Text
}

// SetScenario begins a new cluster of a scenario: a text in YAML, or the name of a bundled one, see Scenarios. The seed stays; the
// clock is the first one again, and faults and the journal are cleared. It ends all waits. An error says what is wrong where, and
// changes nothing.
func (s *Simulator) SetScenario(scenario string) error {
	const op = "set the scenario"
	name, text := httpapi.CustomScenario, scenario
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
