package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/replay"
)

// row is a row of the table.
type row struct{ what, published, ours, difference string }

// none stands for a missing value.
const none = "–"

func markdown(rows []row) string {
	var b strings.Builder
	b.WriteString("| what | published | ours | difference |\n| --- | --- | --- | --- |\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.what, r.published, r.ours, r.difference)
	}
	return b.String()
}

// fullDemand is the arrived demand at which the policies are compared, in per cent of the capacity.
const fullDemand = 100

// difference compares our runs of one policy with the published ones.
type difference struct {
	published, ours []float64 // sums over the runs, by per cent of arrived demand
	runs            int
	worst           float64 // largest difference of a single value
	within          int     // number of values that differ by no more than rounded
}

// rounded is the precision of the published values.
const rounded = 0.01

func experimentRows(published []replay.PublishedRun, runs []replay.Result) ([]row, error) {
	byPolicy := map[string]*difference{}
	for _, p := range published {
		d := byPolicy[p.Policy]
		if d == nil {
			d = &difference{published: make([]float64, len(p.Allocated)), ours: make([]float64, len(p.Allocated))}
			byPolicy[p.Policy] = d
		}
		if len(p.Allocated) != len(d.published) || len(p.Allocated) <= fullDemand {
			return nil, fmt.Errorf("%s, seed %d: %d figures are published, want as many as of other seeds and more than %d",
				p.Policy, p.Seed, len(p.Allocated), fullDemand)
		}
		if err := d.add(p, runs); err != nil {
			return nil, err
		}
	}
	var rows []row
	figures, within, policies, worst := 0, 0, 0, 0.0
	policyNames := replay.PublishedPolicies()
	for i := len(policyNames) - 1; i >= 0; i-- { // the publication's own policy first
		d := byPolicy[policyNames[i]]
		if d == nil {
			return nil, fmt.Errorf("nothing is published of %s", policyNames[i])
		}
		mean, want := d.ours[fullDemand]/float64(d.runs), d.published[fullDemand]/float64(d.runs)
		rows = append(rows, row{fmt.Sprintf("GPUs allocated at %d %% demand, %s, mean of %d seeds", fullDemand, policyNames[i], d.runs),
			percent(want), percent(mean), fmt.Sprintf("%.3f %%", math.Abs(mean-want))})
		if policyNames[i] == "random" {
			off := 0.0
			for a := range d.ours {
				off = max(off, math.Abs(d.ours[a]-d.published[a])/float64(d.runs))
			}
			rows = append(rows, row{fmt.Sprintf("random, which draws from another stream: its mean at each of %d demands", len(d.ours)),
				none, none, fmt.Sprintf("at most %.2f %%", off)})
			continue
		}
		figures, within, policies, worst = figures+d.runs*len(d.ours), within+d.within, policies+1, max(worst, d.worst)
		if policies == len(policyNames)-1 {
			rows = append(rows, row{fmt.Sprintf("each figure of these %d policies: every seed and per cent of demand", policies),
				grouped(figures) + " figures", fmt.Sprintf("%s within %g %%", grouped(within), rounded), fmt.Sprintf("at most %.3f %%", worst)})
		}
	}
	return rows, nil
}

// add compares a published run with ours.
func (d *difference) add(p replay.PublishedRun, runs []replay.Result) error {
	for i := range runs {
		r := &runs[i]
		if r.Policy != p.Policy || r.Seed != p.Seed {
			continue
		}
		d.runs++
		for arrived, want := range p.Allocated {
			point, ok := r.At(arrived)
			if !ok {
				return fmt.Errorf("%s, seed %d: the curve lacks %d %%", r.Policy, r.Seed, arrived)
			}
			d.published[arrived] += want
			d.ours[arrived] += point.Allocated
			off := math.Abs(point.Allocated - want)
			d.worst = max(d.worst, off)
			if off <= rounded {
				d.within++
			}
		}
		return nil
	}
	return fmt.Errorf("%s, seed %d was not run", p.Policy, p.Seed)
}

// slowdownDigits is the number of digits published for most slowdowns.
const slowdownDigits = 15

// logFigures holds the results of the variants of a log.
type logFigures struct {
	log     replay.PublishedLog
	results []replay.LogResult
}

func logRows(logs []logFigures) ([]row, error) {
	var rows []row
	jobs, differ := 0, 0
	for _, l := range logs {
		r := l.results[0]
		if r.WaitsDiffer == nil || r.Jobs != l.log.Jobs {
			return nil, fmt.Errorf("%s has %d jobs, want %d, each with its wait", l.log.Name, r.Jobs, l.log.Jobs)
		}
		jobs += r.Jobs
		differ += *r.WaitsDiffer
		rows = append(rows, row{l.log.Name + ", EASY: the wait of each job", grouped(r.Jobs) + " waits",
			grouped(r.Jobs-*r.WaitsDiffer) + " the same",
			fmt.Sprintf("%s waits", grouped(*r.WaitsDiffer))})
	}
	rows = append(rows, row{"all of these waits", grouped(jobs) + " waits", grouped(jobs-differ) + " the same", grouped(differ) + " waits"})
	for _, l := range logs {
		for i, v := range replay.PublishedVariants() {
			shown := strconv.FormatFloat(l.results[i].BoundedSlowdown, 'g', slowdownDigits, 64)
			next := row{l.log.Name + ", " + v.Name + ": mean bounded slowdown", none, shown, none}
			if i < len(l.log.Slowdowns) {
				p := l.log.Slowdowns[i]
				ours, err := strconv.ParseFloat(shown, 64)
				if err != nil {
					return nil, err
				}
				next.published, next.difference = digits(p.Printed), fmt.Sprintf("%.1g", math.Abs(ours-p.Printed))
				if p.Misprint != 0 {
					next.difference += ", a misprint"
				}
			}
			rows = append(rows, next)
		}
	}
	return rows, nil
}

func percent(x float64) string { return fmt.Sprintf("%.2f %%", x) }

func digits(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// grouped formats a number with thousands separators.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
