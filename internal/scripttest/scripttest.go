// Package scripttest runs tests that are written as text. A script is a sequence of commands, each followed by ----, the
// expected output, and an empty line. Scripts can be understood without the code behind them. Running go test -rewrite
// replaces the expected outputs with the actual ones.
package scripttest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the outputs in testdata/*.txt")

// Command is a line of a script: a name, words, and options of the form key=value. Double quotes enclose words with
// spaces.
type Command struct {
	Name    string
	Words   []string
	Options map[string]string
	t       *testing.T
	line    string
}

// Word returns the i-th word, or "" if there are fewer.
func (c *Command) Word(i int) string {
	if i < len(c.Words) {
		return c.Words[i]
	}
	return ""
}

// Int returns a numeric option, or otherwise if the option is absent.
func (c *Command) Int(key string, otherwise int) int {
	if c.Options[key] == "" {
		return otherwise
	}
	n, err := strconv.Atoi(c.Options[key])
	if err != nil {
		c.Fail("%s: %v", key, err)
	}
	return n
}

// Fail ends the test because the script itself is invalid.
func (c *Command) Fail(format string, args ...any) {
	c.t.Helper()
	c.t.Fatalf("%s: %s", c.line, fmt.Sprintf(format, args...))
}

// Run runs all scripts of a folder, each with a new interpreter, which returns the output of a command.
func Run(t *testing.T, folder string, interpreter func(t *testing.T) func(*Command) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", folder, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := run(t, string(want), interpreter(t))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			compare(t, file, got, string(want))
		})
	}
}

func run(t *testing.T, text string, answer func(*Command) string) string {
	var out strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		for line := range strings.SplitSeq(block, "\n") {
			if line == "----" {
				break
			}
			fmt.Fprintln(&out, line)
			if !strings.HasPrefix(line, "#") {
				fmt.Fprintln(&out, "----")
				out.WriteString(answer(parse(t, line)))
			}
		}
		fmt.Fprintln(&out)
	}
	return strings.TrimSpace(out.String()) + "\n"
}

func parse(t *testing.T, line string) *Command {
	c := &Command{Options: map[string]string{}, t: t, line: line}
	quoted := false
	words := strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
	for i, w := range words {
		w = strings.ReplaceAll(w, `"`, "")
		key, value, ok := strings.Cut(w, "=")
		switch {
		case i == 0:
			c.Name = w
		case ok:
			c.Options[key] = value
		default:
			c.Words = append(c.Words, w)
		}
	}
	return c
}

func compare(t *testing.T, file, got, want string) {
	t.Helper()
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		g, w := "(end)", "(end)"
		if i < len(gotLines) {
			g = gotLines[i]
		}
		if i < len(wantLines) {
			w = wantLines[i]
		}
		if g != w {
			t.Fatalf("%s:%d: got  %s\nwant %s\n(go test -rewrite takes what we got)", file, i+1, g, w)
		}
	}
}
