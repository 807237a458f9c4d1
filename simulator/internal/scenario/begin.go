package scenario

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// firstSeed is the default seed of a server.
const firstSeed = 1

// Check parses a scenario and creates its world once, with all nodes and the warm-up. It returns the errors that
// starting a server would, which Parse alone does not: only the warm-up shows how much happens in it. The error is of
// type Problems.
func Check(data []byte) error {
	s, err := Parse(data)
	if err != nil {
		return err
	}
	if _, err = world.New(s.config(), firstSeed); err == nil {
		return nil
	}
	var m inconsistencies
	m.add("", worldField(err)...)
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return syntaxProblem(data, err)
	}
	line, column := position(&root, m[0].path)
	path := pathText(m[0].path)
	return Problems{{line, column, path, strings.TrimPrefix(err.Error(), path+": ")}}
}
