package main

import (
	"context"
	"os/exec"
)

const perSecond = "req/s"

var loadRows = []row{
	{what: "fermi-simulator serve, until it is ready", benchmark: "load.Ready", unit: "median-ns", limit: 100e6, against: "limit"},
	{what: "50 of 1,000 environments at 500/s, 99th percentile", benchmark: "load.Environments/rate=500", unit: "p99-ns", limit: 10e6,
		against: "limit"},
	{what: "all zones at 500/s, 99th percentile", benchmark: "load.Zones/rate=500", unit: "p99-ns", limit: 10e6, against: "limit"},
	{what: "creations with --data at 500/s, 99th percentile", benchmark: "load.DurableCreations/rate=500", unit: "p99-ns", limit: 25e6,
		against: "limit"},
	{what: "50 of 1,000 environments, 99 % within 100 ms", benchmark: "load.Environments/highest", unit: perSecond,
		baseline: "load.Environments/bare", against: "net/http alone, the same bytes"},
	{what: "creations with --data, 99 % within 100 ms", benchmark: "load.DurableCreations/highest", unit: perSecond,
		baseline: "load.DurableCreations/bare", against: "net/http alone, the same bytes"},
}

// measureLoad measures the load on a simulator in a separate process.
func measureLoad(ctx context.Context, simulator string) ([]result, error) {
	return measure(exec.CommandContext(ctx, "go", "run", "./tools/load", "-simulator", simulator, "bench"), loadRows)
}
