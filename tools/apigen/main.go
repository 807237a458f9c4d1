// Command apigen generates Go code from the API's contract, as configurations of oapi-codegen say:
//
//	go run ./tools/apigen CONTRACT CONFIG...
//
// It adds to oapi-codegen what the contract has and the generator leaves out: fields of structs come in the contract's order
// instead of the alphabet's, and the constants of codes such as TASK_NOT_FOUND get names such as TaskNotFound.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tools/apigen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: go run ./tools/apigen CONTRACT CONFIG, with any number of configurations")
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	annotated, err := annotate(text)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	work, err := os.MkdirTemp("", "apigen-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	contract := filepath.Join(work, "openapi.yaml")
	if err := os.WriteFile(contract, annotated, 0o600); err != nil {
		return err
	}
	located := exec.Command("go", "run", "github.com/fermi-cluster/terraform-provider-fermi/tools/cli", "oapi-codegen")
	located.Stderr = os.Stderr
	program, err := located.Output()
	if err != nil {
		return fmt.Errorf("locate oapi-codegen: %w", err)
	}
	for _, config := range args[1:] {
		generate := exec.Command(strings.TrimSpace(string(program)), "-config", config, contract)
		generate.Stdout, generate.Stderr = os.Stderr, os.Stderr
		if err := generate.Run(); err != nil {
			return fmt.Errorf("oapi-codegen -config %s: %w", config, err)
		}
	}
	return nil
}

// annotate adds the extensions that tell oapi-codegen about orders and names.
func annotate(contract []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(contract, &document); err != nil {
		return nil, err
	}
	annotateNode(&document)
	return yaml.Marshal(&document)
}

func annotateNode(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			switch key, value := n.Content[i].Value, n.Content[i+1]; {
			case key == "properties" && value.Kind == yaml.MappingNode:
				orderProperties(value)
			case key == "enum" && value.Kind == yaml.SequenceNode:
				nameCodes(n, value)
			}
		}
	}
	for _, child := range n.Content {
		annotateNode(child)
	}
}

func orderProperties(properties *yaml.Node) {
	for i := 0; i+1 < len(properties.Content); i += 2 {
		if schema := properties.Content[i+1]; schema.Kind == yaml.MappingNode && !hasKey(schema, "x-order") {
			schema.Content = append(schema.Content, scalar("x-order"), &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(i/2 + 1)})
		}
	}
}

func hasKey(mapping *yaml.Node, key string) bool {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return true
		}
	}
	return false
}

var code = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)

// nameCodes names the constants of an enumeration of codes.
func nameCodes(schema, values *yaml.Node) {
	names := &yaml.Node{Kind: yaml.SequenceNode}
	for _, value := range values.Content {
		if !code.MatchString(value.Value) {
			return
		}
		name := ""
		for _, word := range strings.Split(strings.ToLower(value.Value), "_") {
			if initialisms[word] {
				name += strings.ToUpper(word)
			} else {
				name += strings.ToUpper(word[:1]) + word[1:]
			}
		}
		names.Content = append(names.Content, scalar(name))
	}
	schema.Content = append(schema.Content, scalar("x-enum-varnames"), names)
}

var initialisms = map[string]bool{"cpu": true, "gpu": true, "id": true, "json": true, "uuid": true}

func scalar(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}
