package scenario

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Text returns the full scenario as YAML, independent of the bundled scenario that it extends. Parsing it gives an equal
// scenario, and equal scenarios have equal texts.
func (s *Scenario) Text() (string, error) {
	whole := *s
	whole.Extends = ""
	text, err := yaml.Marshal(&whole)
	if err != nil {
		return "", err
	}
	// In a file the node pools come right after the GPU types. Only a field of the scenario itself starts a line.
	first, rest, _ := strings.Cut(string(text), "\nenvironments:")
	environments, rest, _ := strings.Cut(rest, "\nnode_pools:")
	pools, rules, _ := strings.Cut(rest, "\ntimings:")
	return first + "\nnode_pools:" + pools + "\nenvironments:" + environments + "\ntimings:" + rules, nil
}
