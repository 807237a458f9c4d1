package scenario

import (
	"go.yaml.in/yaml/v3"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Text returns the full scenario as YAML, independent of the bundled scenario that it extends. Parsing it gives an equal
// scenario, and equal scenarios have equal texts.
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
