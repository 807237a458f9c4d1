package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
)

type validateCommand struct {
	Files  []string `arg:"" optional:"" placeholder:"FILE" help:"Scenarios to check."`
	Schema bool     `help:"Print the JSON Schema of scenarios, for editors."`
}

func (c *validateCommand) run() (int, error) {
	if c.Schema {
		_, err := os.Stdout.Write(scenario.Schema)
		return 0, err
	}
	if len(c.Files) == 0 {
		return 2, errors.New("no scenario; want fermi-simulator validate FILE")
	}
	status := 0
	for _, file := range c.Files {
		data, err := readScenario(file)
		if err != nil {
			return 1, err
		}
		err = scenario.Check(data)
		var problems scenario.Problems
		switch {
		case err == nil:
			fmt.Printf("%s: valid\n", file)
		case errors.As(err, &problems):
			for _, p := range problems {
				fmt.Fprintf(os.Stderr, "%s:%s\n", file, p)
			}
			status = 1
		default:
			return 1, fmt.Errorf("%s: %w", file, err)
		}
	}
	return status, nil
}
