package scenario

import (
	"go.yaml.in/yaml/v3"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Text writes the scenario out whole, in YAML, so that it stands without the bundled one that it extends. Parse gives it
// back, and equal scenarios have equal texts.
func (s *Scenario) Text() (string, error) {
	whole := *s
	whole.Extends = ""
	text, err := yaml.Marshal(&whole)
	return string(text), err
}

// MarshalYAML implements yaml.Marshaler.
func (d Distribution) MarshalYAML() (any, error) {
	switch d.Kind {
	case "constant", "exponential":
		return map[string]float64{d.Kind: d.A}, nil
	case "uniform", "log-normal", "weibull":
		names := parameters[d.Kind]
		return map[string]map[string]float64{d.Kind: {names[0]: d.A, names[1]: d.B}}, nil
	}
	return nil, world.Distribution(d).Validate()
}
