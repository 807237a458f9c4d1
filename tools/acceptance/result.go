package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// result counts the tests that ran on a CLI. A test with subtests isn't counted, only its subtests.
type result struct {
	cli            string
	passed, failed int
	skipped        []string
	attributes     []string // attributes that tests set with testing.T.Attr
}

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action, Package, Test, Output, ImportPath, Key, Value string
}

// read reads the events of a test run. It prints what go test would: the output of each failed test, and the summary of
// each package.
func (r *result) read(from io.Reader, to io.Writer) error {
	type test struct{ pkg, name string }
	outcome := map[test]string{}
	output := map[test][]string{}
	decoder := json.NewDecoder(from)
	for {
		var e event
		if err := decoder.Decode(&e); err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("read the events of go test: %w", err)
		}
		t := test{e.Package, e.Test}
		switch e.Action {
		case "output", "build-output":
			if e.Test == "" {
				fmt.Fprint(to, e.Output)
			} else {
				output[t] = append(output[t], e.Output)
			}
		case "attr":
			r.attributes = append(r.attributes, fmt.Sprintf("%s: %s: %s", e.Test, e.Key, e.Value))
		case "pass", "fail", "skip":
			if e.Test == "" {
				continue
			}
			outcome[t] = e.Action
			if e.Action == "fail" {
				fmt.Fprint(to, strings.Join(output[t], ""))
			}
			delete(output, t)
		}
	}
	// A test without an outcome was running when its process died. Its output has the panic or the timeout.
	for t, lines := range output {
		fmt.Fprint(to, strings.Join(lines, ""))
		outcome[t] = "fail"
	}

	parents := map[test]bool{}
	for t := range outcome {
		for name := t.name; strings.Contains(name, "/"); {
			name = name[:strings.LastIndex(name, "/")]
			parents[test{t.pkg, name}] = true
		}
	}
	for t, action := range outcome {
		switch {
		case parents[t]:
		case action == "pass":
			r.passed++
		case action == "fail":
			r.failed++
		default:
			r.skipped = append(r.skipped, t.name)
		}
	}
	slices.Sort(r.skipped)
	return nil
}
