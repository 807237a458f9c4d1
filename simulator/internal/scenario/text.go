package scenario

import "go.yaml.in/yaml/v3"

// Text returns the full scenario as YAML, independent of the bundled scenario that it extends. Parsing it gives an equal
// scenario, and equal scenarios have equal texts.
func (s *Scenario) Text() (string, error) {
	whole := *s
	whole.Extends = ""
	text, err := yaml.Marshal(&whole)
	return string(text), err
}
