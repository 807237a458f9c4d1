package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// describe sets the scenario and the configuration of a new world.
func describe(o *httpapi.Options, from *Options) error {
	asked := *from
	asked.Scenario = cmp.Or(asked.Scenario, scenario.Names()[0])
	s, name, err := asked.scenario()
	if err != nil {
		return err
	}
	if o.Config, err = s.World(); err != nil {
		return err
	}
	o.Scenario.Name = name
	o.Scenario.Text, err = s.Text()
	return err
}

// scenario returns the requested scenario and its name.
func (o *Options) scenario() (*scenario.Scenario, string, error) {
	if slices.Contains(scenario.Names(), o.Scenario) {
		s, err := scenario.Named(o.Scenario)
		return s, cmp.Or(o.ScenarioName, o.Scenario), err
	}
	s, err := scenario.Parse([]byte(o.Scenario))
	if err != nil && !isYAML(o.Scenario) {
		err = unknownScenario(o.Scenario)
	}
	return s, o.ScenarioName, err
}

// isYAML reports whether a text looks like YAML rather than a name.
func isYAML(text string) bool { return strings.ContainsAny(text, ":\n") }

func unknownScenario(name string) error {
	return fmt.Errorf("scenario %q is neither YAML nor the name of a bundled one: %s", name, strings.Join(scenario.Names(), ", "))
}

// openSaved continues the world in a data folder, or begins one there.
func openSaved(o httpapi.Options, from *Options) (*httpapi.Server, error) {
	if len(o.Saved) == 0 {
		if err := describe(&o, from); err != nil {
			return nil, err
		}
		return httpapi.New(o)
	}
	saved, seed, err := engine.SavedWorld(o.Saved)
	if err == nil {
		err = checkSame(from, saved, seed)
	}
	if err == nil {
		o.Scenario.Text = saved.Text
		_, o.Config, err = parse(saved.Text)
	}
	o.Seed = seed
	var server *httpapi.Server
	if err == nil {
		server, err = httpapi.New(o)
	}
	var full *engine.StorageError
	if errors.As(err, &full) {
		return nil, fmt.Errorf("the world in data folder %s can't be saved there: %w; make room on the disk", from.Data, err)
	}
	var other *otherWorldError
	if err != nil && !errors.As(err, &other) {
		return nil, fmt.Errorf("the world in data folder %s can't go on: %w; use the version that saved it, restore a copy, "+
			"or choose another folder; the folder is left as it is", from.Data, err)
	}
	return server, err
}

// otherWorldError is the error of a data folder with another world than the requested one.
type otherWorldError struct{ folder, what, asked, saved, remedy string }

func (e *otherWorldError) Error() string {
	return fmt.Sprintf("data folder %s has a world of %s %s, not of %s: %s, or choose another folder; the folder is left as it is",
		e.folder, e.what, e.saved, e.asked, e.remedy)
}

// checkSame returns an error if the saved world has another seed or scenario than the requested one.
func checkSame(from *Options, saved engine.Scenario, seed uint64) error {
	if from.Seed != nil && *from.Seed != seed {
		return &otherWorldError{from.Data, "seed", fmt.Sprint(*from.Seed), fmt.Sprint(seed), "leave the seed out to go on with that one"}
	}
	if from.Scenario == "" {
		return nil
	}
	s, asName, err := from.scenario()
	if err != nil {
		return err
	}
	asked, err := s.Text()
	if err != nil {
		return err
	}
	// Compare both as this version writes them: an older version's text lacks the fields that it didn't know.
	old, err := scenario.Parse([]byte(saved.Text))
	if err != nil {
		return err
	}
	text, err := old.Text()
	if err != nil || text == asked {
		return err
	}
	name := saved.Name
	if name == asName {
		name += " as it was before it was changed"
	}
	return &otherWorldError{from.Data, "scenario", asName, name, "leave the scenario out to go on with that one"}
}

// parse parses a scenario for the server.
func parse(text string) (engine.Scenario, *world.Config, error) {
	s, err := scenario.Parse([]byte(text))
	if err != nil {
		return engine.Scenario{}, nil, err
	}
	config, err := s.World()
	if err != nil {
		return engine.Scenario{}, nil, err
	}
	whole, err := s.Text()
	return engine.Scenario{Text: whole}, config, err
}
