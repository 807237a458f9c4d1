package provider

import (
	"fmt"
	"maps"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// editedWorld returns the default scenario with changes to its lists, which are named as in YAML: environments, images.
func editedWorld(t *testing.T, edit func(lists map[string][]map[string]any)) string {
	t.Helper()
	text, err := simulator.ScenarioText("default")
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	world := map[string]any{}
	lists := map[string][]map[string]any{}
	for name, node := range fields {
		var list []map[string]any
		if node.Decode(&list) == nil {
			lists[name] = list
			continue
		}
		world[name] = &node
	}
	edit(lists)
	for name, list := range lists {
		world[name] = list
	}
	edited, err := yaml.Marshal(world)
	if err != nil {
		t.Fatal(err)
	}
	return string(edited)
}

// worldWithoutImage is the default world with missingImage in its catalog, which no registry has.
func worldWithoutImage(t *testing.T) string {
	t.Helper()
	return editedWorld(t, func(world map[string][]map[string]any) {
		world["images"] = append(world["images"], map[string]any{"name": missingImage, "size_mb": 100, "missing": true})
	})
}

// addEnvironments adds n environments like the second: env-101 (more-0), env-102 (more-1) and so on.
func addEnvironments(world map[string][]map[string]any, n int) {
	for i := range n {
		another := maps.Clone(world["environments"][1])
		another["id"], another["name"] = fmt.Sprintf("env-%d", 101+i), fmt.Sprintf("more-%d", i)
		world["environments"] = append(world["environments"], another)
	}
}
