package distribution

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// parameters names the parameters of the kinds that have two.
var parameters = map[string][2]string{
	"uniform": {"min", "max"}, "log-normal": {"mu", "sigma"}, "weibull": {"shape", "scale"},
}

// UnmarshalYAML implements yaml.Unmarshaler.
func (d *Distribution) UnmarshalYAML(n *yaml.Node) error {
	var byKind map[string]yaml.Node
	if err := n.Decode(&byKind); err != nil || len(byKind) != 1 {
		return fmt.Errorf("line %d: want one distribution, such as {constant: 2} or {uniform: {min: 1, max: 2}}", n.Line)
	}
	for kind, value := range byKind {
		*d = Distribution{Kind: kind}
		if kind == "constant" || kind == "exponential" {
			if err := value.Decode(&d.A); err != nil {
				return fmt.Errorf("line %d: %s takes a number", n.Line, kind)
			}
			break
		}
		names, ok := parameters[kind]
		if !ok {
			return fmt.Errorf("line %d: %w", n.Line, d.Validate())
		}
		var values map[string]float64
		if err := value.Decode(&values); err != nil || len(values) != 2 {
			return fmt.Errorf("line %d: %s takes the numbers %s and %s", n.Line, kind, names[0], names[1])
		}
		for i, to := range []*float64{&d.A, &d.B} {
			if *to, ok = values[names[i]]; !ok {
				return fmt.Errorf("line %d: %s has no %s", n.Line, kind, names[i])
			}
		}
	}
	return nil
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
	return nil, d.Validate()
}
