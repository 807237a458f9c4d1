package replay

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"text/tabwriter"
)

// Summary averages the arrival-only runs of one list and policy over their seeds.
type Summary struct {
	List, Policy string
	Runs         int
	// Tasks, Failed and Rejected are means over the runs.
	Tasks, Failed, Rejected float64
	Curve                   []SummaryPoint
}

// SummaryPoint averages over the runs that have a point at this demand. Allocated and Fragmented are in per cent of the
// GPU capacity.
type SummaryPoint struct {
	Arrived    int
	Allocated  Estimate
	Fragmented Estimate
}

// Estimate is a mean and a sample standard deviation. The deviation of a single run is 0.
type Estimate struct{ Mean, Deviation float64 }

func (e Estimate) String() string { return fmt.Sprintf("%.2f ± %.2f", e.Mean, e.Deviation) }

// Summarize averages the runs of each list and policy, in order of first appearance.
func Summarize(results []Result) []Summary {
	type key struct{ list, policy string }
	var order []key
	runs := map[key][]Result{}
	for _, r := range results {
		k := key{r.List, r.Policy}
		if runs[k] == nil {
			order = append(order, k)
		}
		runs[k] = append(runs[k], r)
	}
	out := make([]Summary, len(order))
	for i, k := range order {
		out[i] = summarize(runs[k])
	}
	return out
}

func summarize(results []Result) Summary {
	s := Summary{List: results[0].List, Policy: results[0].Policy, Runs: len(results)}
	byArrived := map[int][2][]float64{}
	last := 0
	for _, r := range results {
		s.Tasks += float64(r.Tasks)
		s.Failed += float64(r.Failed)
		s.Rejected += float64(r.Rejected)
		for _, p := range r.Curve {
			v := byArrived[p.Arrived]
			byArrived[p.Arrived] = [2][]float64{append(v[0], p.Allocated), append(v[1], p.Fragmented)}
			last = max(last, p.Arrived)
		}
	}
	runs := float64(s.Runs)
	s.Tasks, s.Failed, s.Rejected = s.Tasks/runs, s.Failed/runs, s.Rejected/runs
	for a := range last + 1 {
		if v, ok := byArrived[a]; ok {
			s.Curve = append(s.Curve, SummaryPoint{a, estimate(v[0]), estimate(v[1])})
		}
	}
	return s
}

func estimate(v []float64) (e Estimate) {
	for _, x := range v {
		e.Mean += x / float64(len(v))
	}
	if len(v) < 2 {
		return e
	}
	sum := 0.0
	for _, x := range v {
		sum += float64((x - e.Mean) * (x - e.Mean))
	}
	e.Deviation = math.Sqrt(sum / float64(len(v)-1))
	return e
}

// at formats a value at the point at which arrived per cent of the capacity had arrived.
func (s *Summary) at(arrived int, figure func(SummaryPoint) Estimate) string {
	for _, p := range s.Curve {
		if p.Arrived == arrived {
			return figure(p).String()
		}
	}
	return "–"
}

// short formats a mean number of tasks.
func short(mean float64) string { return strconv.FormatFloat(math.Round(10*mean)/10, 'f', -1, 64) }

// name returns the policy, preceded by the name of the list if there are several lists.
func (s *Summary) name() string { return named(s.List, s.Policy) }

func named(list, policy string) string {
	if list == "" {
		return policy
	}
	return list + ", " + policy
}

// first returns the text of the first column: the list, if there are several lists.
func first(head bool, list string) string {
	switch {
	case list == "":
		return ""
	case head:
		return "list\t"
	}
	return list + "\t"
}

// WriteTable writes a table with one row per list and policy. Values are in per cent of the capacity, mean ± standard
// deviation over the seeds.
func WriteTable(w io.Writer, results []Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	last := 0
	summaries := Summarize(results)
	for _, s := range summaries {
		if n := len(s.Curve); n > 0 {
			last = max(last, s.Curve[n-1].Arrived)
		}
	}
	if len(summaries) > 0 {
		fmt.Fprint(t, first(true, summaries[0].List))
	}
	fmt.Fprintf(t, "policy\truns\ttasks\tfailed\trejected\tallocated at 100 %%\tallocated at %d %%\tfragmented at 60 %%\n", last)
	for _, s := range summaries {
		allocated := func(p SummaryPoint) Estimate { return p.Allocated }
		fragmented := func(p SummaryPoint) Estimate { return p.Fragmented }
		fmt.Fprintf(t, "%s%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", first(false, s.List), s.Policy, s.Runs, short(s.Tasks), short(s.Failed),
			short(s.Rejected),
			s.at(100, allocated), s.at(last, allocated), s.at(60, fragmented))
	}
	return t.Flush()
}

// WriteTimedTable writes a table with one row per timed run.
func WriteTimedTable(w io.Writer, results []TimedResult) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(results) > 0 {
		fmt.Fprint(t, first(true, results[0].List))
	}
	fmt.Fprintln(t, "policy\tqueue\tseed\ttasks\trejected\tunended\twaiting, mean\tp95\tcompletion, mean\tslowdown, mean\tp95\tutilization")
	for _, r := range results {
		fmt.Fprintf(t, "%s%s\t%s\t%d\t%d\t%d\t%d\t%.0f s\t%.0f s\t%.0f s\t%.2f\t%.2f\t%.1f %%\n", first(false, r.List), r.Policy, r.Queue,
			r.Seed, r.Tasks,
			r.Rejected, r.Unended, r.Waiting.Mean, r.Waiting.P95, r.Completion.Mean, r.Slowdown.Mean, r.Slowdown.P95, r.Utilization)
	}
	return t.Flush()
}
