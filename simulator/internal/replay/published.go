package replay

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// PublishedPolicies are the policies of the published experiment, in its order.
func PublishedPolicies() []string {
	return []string{"random", "dot-product", "gpu-clustering", "gpu-packing", "best-fit", "fgd"}
}

// publishedNames are the publication's names of PublishedPolicies.
var publishedNames = []string{"01-Random", "02-DotProd", "03-GpuClustering", "04-GpuPacking", "05-BestFit", "06-FGD"}

// PublishedRun is one published run of the experiment: the allocated GPUs at each per cent of arrived demand from 0 on, in per
// cent of capacity, rounded to 2 decimals.
type PublishedRun struct {
	Policy    string
	Seed      int64
	Allocated []float64
}

// ReadPublished reads the runs as they are published: CSV with a header, whose columns are the list, the policy, the target, the
// seed, the number of GPUs and then the figures of each per cent.
func ReadPublished(r io.Reader) ([]PublishedRun, error) {
	lines, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	const first = 5
	var runs []PublishedRun
	for i, line := range lines[min(1, len(lines)):] {
		if len(line) <= first {
			return nil, fmt.Errorf("line %d: %d fields, want more than %d", i+2, len(line), first)
		}
		policy := slices.Index(publishedNames, line[1])
		seed, err := strconv.ParseInt(line[3], 10, 64)
		if err != nil || policy < 0 {
			return nil, fmt.Errorf("line %d: policy %q and seed %q; want one of %v and a whole number", i+2, line[1], line[3], publishedNames)
		}
		run := PublishedRun{Policy: PublishedPolicies()[policy], Seed: seed}
		for _, field := range line[first:] {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %q is no number", i+2, field)
			}
			run.Allocated = append(run.Allocated, x)
		}
		runs = append(runs, run)
	}
	return runs, nil
}

// LogVariant is one of the ways in which the published logs were replayed.
type LogVariant struct {
	Name string
	LogOptions
}

// PublishedVariants are the variants of EASY that are published, the plain one first.
func PublishedVariants() []LogVariant {
	return []LogVariant{
		{"EASY", LogOptions{Queue: queue.EASY, Backfill: queue.ByArrival}},
		{"EASY, shortest first", LogOptions{Queue: queue.EASY, Backfill: queue.ByLimit}},
		{"clairvoyant EASY", LogOptions{Queue: queue.EASY, Backfill: queue.ByArrival, ActualLimits: true}},
		{"clairvoyant EASY, shortest first", LogOptions{Queue: queue.EASY, Backfill: queue.ByLimit, ActualLimits: true}},
	}
}

// PublishedLog is what is published of a log, besides the wait of each job, which is in the log.
type PublishedLog struct {
	Name string
	Jobs int
	// Seconds is how long the publication's simulator took.
	Seconds float64
	// Slowdowns are the mean bounded slowdowns of PublishedVariants, as many of them as are known here.
	Slowdowns []PublishedSlowdown
}

// PublishedSlowdown is a mean bounded slowdown as it is printed.
type PublishedSlowdown struct {
	Printed float64
	// Misprint is how much of it the publication's own rules don't give, in a plain loop over them either.
	Misprint float64
}

// PublishedLogs are the logs of Gaussier et al. (SC 2015).
func PublishedLogs() []PublishedLog {
	return []PublishedLog{
		{"KTH-SP2", 28_481, 3.7, []PublishedSlowdown{{Printed: 92.57653973362949}, {Printed: 69.40540058030349},
			{Printed: 71.7223851124418}, {Printed: 49.8477189313406}}},
		{"SDSC-SP2", 54_006, 6.7, []PublishedSlowdown{{Printed: 87.8703241921987}, {Printed: 84.8889445442655},
			{Printed: 70.4779420668026, Misprint: 1e-7}, {Printed: 56.836221269454}}},
		{"CTC-SP2", 77_199, 15.5, []PublishedSlowdown{{Printed: 49.5712902189859}, {Printed: 30.0410695214457},
			{Printed: 37.16540148519329}, {Printed: 17.5716874376194}}},
		{"CEA-curie", 295_540, 227, []PublishedSlowdown{{Printed: 202.133161662561}}},
	}
}
