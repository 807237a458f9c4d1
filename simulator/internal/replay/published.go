package replay

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// PublishedPolicies returns the policies of the published experiment in its order.
func PublishedPolicies() []string {
	return []string{"random", "dot-product", "gpu-clustering", "gpu-packing", "best-fit", "fgd"}
}

// publishedNames holds the names that the publication uses for PublishedPolicies.
var publishedNames = []string{"01-Random", "02-DotProd", "03-GpuClustering", "04-GpuPacking", "05-BestFit", "06-FGD"}

// PublishedRun is a published run of the experiment. Allocated holds the allocated GPUs in per cent of the capacity, by
// per cent of arrived demand, rounded to 2 decimals.
type PublishedRun struct {
	Policy    string
	Seed      int64
	Allocated []float64
}

// ReadPublished reads the published runs. They are CSV with a header; the columns are the list, the policy, the target,
// the seed, the number of GPUs, and then one column per cent of arrived demand.
func ReadPublished(r io.Reader) ([]PublishedRun, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	const first = 5
	var runs []PublishedRun
	for i, row := range rows[min(1, len(rows)):] {
		if len(row) <= first {
			return nil, fmt.Errorf("line %d: %d fields, want more than %d", i+2, len(row), first)
		}
		policy := slices.Index(publishedNames, row[1])
		seed, err := strconv.ParseInt(row[3], 10, 64)
		if err != nil || policy < 0 {
			return nil, fmt.Errorf("line %d: policy %q and seed %q; want one of %v and a whole number", i+2, row[1], row[3], publishedNames)
		}
		run := PublishedRun{Policy: PublishedPolicies()[policy], Seed: seed}
		for _, field := range row[first:] {
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

// LogVariant is one of the variants in which the logs were replayed for the publication.
type LogVariant struct {
	Name string
	LogOptions
}

// PublishedVariants returns the published variants of EASY, the unmodified one first.
func PublishedVariants() []LogVariant {
	return []LogVariant{
		{"EASY", LogOptions{Queue: queue.EASY, Backfill: queue.ByArrival}},
		{"EASY, shortest first", LogOptions{Queue: queue.EASY, Backfill: queue.ByLimit}},
		{"clairvoyant EASY", LogOptions{Queue: queue.EASY, Backfill: queue.ByArrival, ActualLimits: true}},
		{"clairvoyant EASY, shortest first", LogOptions{Queue: queue.EASY, Backfill: queue.ByLimit, ActualLimits: true}},
	}
}

// PublishedLog holds what is published about a log, apart from the waits, which are in the log itself.
type PublishedLog struct {
	Name string
	Jobs int
	// Seconds is the run time of the authors' simulator.
	Seconds float64
	// Slowdowns holds the published mean bounded slowdowns, in the order of PublishedVariants. It may be shorter.
	Slowdowns []PublishedSlowdown
}

// PublishedSlowdown is a mean bounded slowdown as printed.
type PublishedSlowdown struct {
	Printed float64
	// Misprint is the difference between the printed value and what the publication's own rules give.
	Misprint float64
}

// PublishedLogs returns the logs of Gaussier et al. (SC 2015).
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
