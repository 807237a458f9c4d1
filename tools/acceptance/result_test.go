package main

import (
	"slices"
	"strings"
	"testing"
)

func TestReadCountsLeavesAndPrintsFailures(t *testing.T) {
	const events = `
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"noise\n"}
{"Action":"attr","Package":"p","Test":"TestA","Key":"rounds","Value":"20, all well"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestB/new","Output":"needs 1.14\n"}
{"Action":"skip","Package":"p","Test":"TestB/new"}
{"Action":"pass","Package":"p","Test":"TestB/old"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Test":"TestD","Output":"panic: oh\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`
	var r result
	var printed strings.Builder
	if err := r.read(strings.NewReader(events), &printed); err != nil {
		t.Fatal(err)
	}
	if r.passed != 2 || r.failed != 2 || !slices.Equal(r.skipped, []string{"TestB/new"}) {
		t.Errorf("counted %d passed, %d failed, skipped %v; want 2, 2 and [TestB/new]", r.passed, r.failed, r.skipped)
	}
	if !slices.Equal(r.attributes, []string{"TestA: rounds: 20, all well"}) {
		t.Errorf("attributes %q", r.attributes)
	}
	want := "got 1, want 2\nFAIL\tp\t0.1s\npanic: oh\n"
	if printed.String() != want {
		t.Errorf("printed %q, want %q", printed.String(), want)
	}
}
