package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// unsetEmpty unsets the simulator's environment variables that are empty. CI systems and container files often set them so,
// and the flags would refuse an empty number, duration or choice.
func unsetEmpty() {
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); value == "" && strings.HasPrefix(name, "FERMI_SIMULATOR_") {
			_ = os.Unsetenv(name) // its name is a good one, since it was there
		}
	}
}

// refuseEmpty refuses a flag that is given an empty value, as a script does whose variable is unset: no flag means anything by
// it, and to take it for a flag that is left out would drop a token or a data folder unnoticed. It looks at what was typed,
// since kong applies environment variables and defaults afterwards.
func refuseEmpty(ctx *kong.Context) error {
	for i, p := range ctx.Path {
		if p.Flag == nil || i == 0 {
			continue
		}
		before, after := ctx.Path[i-1].Remainder(), p.Remainder()
		switch typed := before[:len(before)-len(after)]; len(typed) {
		case 1: // --flag=value, or a switch
			if _, value, ok := strings.Cut(typed[0], "="); !ok || value != "" {
				continue
			}
		default: // --flag value
			if typed[len(typed)-1] != "" {
				continue
			}
		}
		return fmt.Errorf("--%s is empty: give it a value, or leave it out", p.Flag.Name)
	}
	return nil
}
