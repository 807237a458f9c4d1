package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// unsetEmpty unsets the simulator's environment variables that are empty. CI systems and container files often set empty
// variables, which the flags would refuse as a number, duration or choice.
func unsetEmpty() {
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); value == "" && strings.HasPrefix(name, "FERMI_SIMULATOR_") {
			_ = os.Unsetenv(name) // can't fail: the name is that of an existing variable
		}
	}
}

// refuseEmpty refuses empty values of flags, which a script passes if its variable is unset. No flag has a use for an
// empty value, and ignoring it could silently drop a token or a data folder. It checks only the command line, because
// kong applies environment variables and defaults later.
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
