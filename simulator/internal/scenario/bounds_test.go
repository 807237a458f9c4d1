package scenario_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
)

const mebibyte = 1 << 20

// repeated returns a text of a mebibyte: head, copies of unit, and tail. A # in unit stands for the number of the copy.
func repeated(head, unit, tail string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := 0; b.Len()+len(unit)+8+len(tail) <= mebibyte; i++ {
		b.WriteString(strings.ReplaceAll(unit, "#", fmt.Sprint(i)))
	}
	return b.String() + tail
}

// allocated returns how many MiB f allocates in total. What f holds at any time is no more than that.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) >> 20
}

// costly returns texts that could take a parser, a decoder or a check far more time than their length suggests, each in
// a different way.
func costly() map[string]string {
	const job = "{zone: az-bj-a, gpu_type: A100, interarrival: {constant: 1}, length: {constant: 1}, sizes: "
	texts := map[string]string{
		"aliases of aliases": "a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n" +
			"d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\n",
		"an alias of itself": "a: &a [*a]",
		"100,000 nodes":      "extends: default\nnode_pools: [{zone: az-bj-a, gpu_type: A100, count: 100000}]\nenvironments: []\n",
		"UTF-16":             repeated("\xff\xfe", "-\x00 \x00", ""),
	}
	for _, unit := range []string{
		"[", "{", "- ", "? ", "{a: ", "[a: ", "- - ", "-\u2028", "- \u0085", "&a ", "*a ", "!a ", "\"", "'", "x", " ", "\t", "\x00",
		"\xff", ",", ":", ": ",
		"a: b\n", "k#: 1\n", "? [a, b]\n: c\n", "- a\n", "a: |\n", "a: # x\n", "# x\n", "# x\n- a\n", "---\n", "%TAG ! a\n",
		"\\u0041", "{}, ", "a, ", "\r",
	} {
		// In full, and in lengths that the first bounds accept.
		for _, length := range []int{mebibyte, 49_000, 3_900} {
			for _, around := range [][2]string{{"", ""}, {"zones: [", "]"}} {
				all := repeated("", unit, "")
				name := fmt.Sprintf("%d of %q in %q", length, unit, around)
				texts[name] = around[0] + all[:min(length, len(all))] + around[1]
			}
		}
	}
	for _, list := range []struct{ head, unit, tail string }{
		{"extends: default\nzones:\n", "- {id: z#, name: a, region: b}\n", ""},
		{"extends: default\nzones:\n", "- {id: z, name: a, region: b}\n", ""},
		{"zones: [", "{x: 1},", "]"},
		{"extends: default\nnode_pools:\n", "- {zone: x#, gpu_type: y#, count: 1}\n", ""},
		{"extends: default\ngpu_types:\n", "- {name: t#, price: \"1\", tflops: 1, node: {gpus: 1, cpu_cores: 1, memory_gb: 1}}\n", ""},
		{"extends: default\nimages:\n", "- {name: t#}\n", ""},
		{"extends: default\nmodels: [", "{id: 1, parameters: -1},", "]"},
		{"extends: default\ndatasets:\n- {id: a, tokens: 1, versions: [", "v#,", "]}\n"},
		{"extends: default\nbackground:\n", "- " + job + "[{gpus: 1, weight: 1}]}\n", ""},
		{"extends: default\nbackground:\n- " + job + "[", "{gpus: 1, weight: 1},", "]}\n"},
	} {
		all := repeated(list.head, list.unit, list.tail)
		texts["all of "+list.unit] = all
		for _, part := range []int{2, 4} {
			lines := all[:len(all)/part]
			texts[fmt.Sprintf("one %dth of %s", part, list.unit)] = lines[:strings.LastIndex(lines, list.unit[len(list.unit)-1:])+1] + list.tail
		}
	}
	return texts
}

func TestNoTextCostsMuch(t *testing.T) {
	const most = 150 // total MiB; at most 100 are held at once
	highest := uint64(0)
	for name, text := range costly() {
		if len(text) > mebibyte+100 {
			t.Errorf("%s: %d bytes", name, len(text))
		}
		var err error
		mebibytes := allocated(func() { _, err = scenario.Parse([]byte(text)) })
		if highest = max(highest, mebibytes); mebibytes > most {
			t.Errorf("%s: %d MiB, want %d at most (%.100v)", name, mebibytes, most, err)
		}
		if err != nil && len(err.Error()) > 64<<10 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
	t.Logf("the costliest text takes %d MiB", highest)
}

// FuzzBounds repeats arbitrary text. No repetition may cost much more than its length.
func FuzzBounds(f *testing.F) {
	for _, unit := range []string{"[", "{a: ", "- ", "? ", "a: b\n", "k#: 1\n", "&a [*a], ", "# x\n", "\u2028", "'\n", "--- a\n", "{}, "} {
		for _, n := range []uint32{10, 1_000, 9_999, 1 << 20} {
			f.Add("", unit, n, "")
			f.Add("extends: default\nzones: [", unit, n, "]")
		}
	}
	f.Fuzz(func(t *testing.T, head, unit string, n uint32, tail string) {
		if unit == "" {
			return
		}
		text := head + strings.Repeat(unit, min(int(n), mebibyte/len(unit))) + tail
		if len(text) > mebibyte {
			return
		}
		if mebibytes := allocated(func() { _, _ = scenario.Parse([]byte(text)) }); mebibytes > 150 {
			t.Errorf("%d MiB for %d bytes", mebibytes, len(text))
		}
	})
}

// Valid scenarios are far from the bounds. Quotes and comments don't count against them: a text with many is refused for
// its real errors.
func TestBoundsLeaveRoom(t *testing.T) {
	var b strings.Builder
	b.WriteString("extends: default\n" + strings.Repeat("# [[[[{{{{ - - - -,,,,\n", 2_000) + "zones:\n")
	for i := range 2_500 {
		fmt.Fprintf(&b, "- {id: \"z%d\", name: '[[[', region: \"{{{\"} # [{\n", i)
	}
	if _, err := scenario.Parse([]byte(b.String())); err == nil || strings.Contains(err.Error(), "too much") {
		t.Errorf("2,500 zones: %.200v", err)
	}
	for text, want := range map[string]string{
		strings.Repeat("[", 100_000):                        "1:50001: too much for a scenario",
		strings.Repeat("[", 200) + strings.Repeat("]", 200): "1:33: lists and maps are nested more than 32 levels deep",
		"a: &a [1]\nb: &b [*a,*a]\n" + chain("b", 20):       "too much for a scenario",
		"extends: default\nmodels: &a [*a]":                 "2:13: lists and maps are nested more than 32 levels deep",
		repeated("", "k#: 1\n", "")[:7_998]:                 "1:1: a map has more than 256 fields",
	} {
		if _, err := scenario.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q…: error %.200v, want %q", text, err, want)
		}
	}
}

// chain returns an anchored list that is doubled n times.
func chain(name string, n int) string {
	var b strings.Builder
	for i := range n {
		next := fmt.Sprintf("x%d", i)
		fmt.Fprintf(&b, "%s: &%s [*%s,*%s]\n", next, next, name, name)
		name = next
	}
	return b.String()
}

// For a file with very many errors, only the first ones are listed.
func TestTooManyProblemsToRead(t *testing.T) {
	_, err := scenario.Parse([]byte("extends: default\nmodels: [" + strings.Repeat("{id: 1, parameters: 1},", 1_000) + "]"))
	var problems scenario.Problems
	if !errors.As(err, &problems) || len(problems) != 101 || problems[100].Message != "and 900 more" {
		t.Errorf("%d problems, the last of them %v", len(problems), problems[max(0, len(problems)-1):])
	}
}
