package scenario

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// firstSeed is the seed of a server that is told none.
const firstSeed = 1

// Check reads a scenario and begins its world once, with all of its nodes and its warm-up. It refuses what a server would
// refuse, which Parse alone does not: how much happens before the start shows only there. The error is of type Problems.
func Check(data []byte) error {
	s, err := Parse(data)
	if err != nil {
		return err
	}
	if _, err = world.New(s.config(), firstSeed); err == nil {
		return nil
	}
	var m mistakes
	m.add("", worldField(err)...)
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return syntaxProblem(data, err)
	}
	line, column := position(&root, m[0].path)
	path := pathText(m[0].path)
	return Problems{{line, column, path, strings.TrimPrefix(err.Error(), path+": ")}}
}
