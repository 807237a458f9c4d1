package replay

import (
	"fmt"
	"math"
	"math/rand"
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// typicalPercent is the percentage of the task list that the typical requests of the fragmentation measure cover.
const typicalPercent = 95

// Options holds the parameters of a run besides the workload.
type Options struct {
	List   string // name of the task list, repeated in the result
	Policy string // one of cluster.Policies
	Seed   int64
	// Target is the GPU demand that arrives, relative to the GPU capacity: 1.3 in the published experiment.
	Target float64
	// Rate divides the arrival times of a timed run: tasks arrive this many times as fast as recorded, and run as long as
	// recorded. 0 means 1.
	Rate float64
	// Progress, if not nil, is called from time to time with the number of tasks done.
	Progress func(done, total int)
}

// Result is the result of an arrival-only run.
type Result struct {
	List   string `json:"list,omitempty"` // the task list, if there are several
	Policy string `json:"policy"`
	Seed   int64  `json:"seed"`
	Tasks  int    `json:"tasks"`
	Placed int    `json:"placed"`
	Failed int    `json:"failed"`
	GPUs   int    `json:"gpus"`
	// Rejected counts the failed tasks that even an empty cluster could not host.
	Rejected int `json:"rejected"`
	// ElapsedSeconds is the real time of the run. The caller sets it.
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	Curve          []Point `json:"curve"`
}

// Point is a point of the curve of an arrival-only run. It averages over the arrivals at which the demand so far,
// rounded half to even, was Arrived per cent of the GPU capacity. Allocated and Fragmented are what was allocated, and
// what was free but fragmented, in per cent of the capacity.
type Point struct {
	Arrived    int     `json:"arrived"`
	Allocated  float64 `json:"allocated"`
	Fragmented float64 `json:"fragmented"`
}

// Run draws tasks from the workload and places them one after the other, each on one node, until their demand reaches
// the target. No task ends (Weng et al., USENIX ATC 2023, §6). The error says that a node or the policy is invalid.
func Run(w Workload, o Options) (Result, error) {
	e, err := NewExperiment(w)
	if err != nil {
		return Result{}, err
	}
	return e.Run(o)
}

// Experiment is a workload prepared for many arrival-only runs, which may be concurrent.
type Experiment struct {
	nodes   []cluster.Node // by name
	ranks   []string       // node names whose order is that of the ranks
	tasks   []candidate    // by name
	typical []cluster.Typical
	gpus    int
}

// candidate is a task that may arrive. If rejected, even an empty cluster could not host it.
type candidate struct {
	*Task
	rejected bool
}

// NewExperiment prepares a workload. The error says that a node is invalid or that no node has GPUs.
func NewExperiment(w Workload) (*Experiment, error) {
	w = w.spelled()
	c, err := cluster.New(w.Nodes)
	if err != nil {
		return nil, err
	}
	e := &Experiment{nodes: slices.Clone(w.Nodes), ranks: make([]string, len(w.Nodes))}
	slices.SortFunc(e.nodes, func(a, b cluster.Node) int { return strings.Compare(a.Name, b.Name) })
	for i, n := range e.nodes {
		e.gpus += n.GPUs
		e.ranks[i] = fmt.Sprintf("%09d", i)
	}
	if e.gpus == 0 {
		return nil, fmt.Errorf("the nodes have no GPUs")
	}
	requests := make([]cluster.Request, len(w.Tasks))
	e.tasks = make([]candidate, len(w.Tasks))
	for i := range w.Tasks {
		t := &w.Tasks[i]
		requests[i] = t.Request
		e.tasks[i] = candidate{t, !c.CanEverFitWhole(t.Request)}
	}
	slices.SortStableFunc(e.tasks, func(a, b candidate) int { return strings.Compare(a.Name, b.Name) })
	e.typical = cluster.TypicalRequests(requests, typicalPercent)
	return e, nil
}

// Run makes one run. The error says that the policy is invalid.
func (e *Experiment) Run(o Options) (Result, error) {
	capacity := float64(e.gpus * cluster.WholeGPU)
	// The arrivals draw first, then the ranks, from the same stream.
	source := rand.New(rand.NewSource(o.Seed))
	tasks := e.arrivals(source, o.Target*capacity)
	c, err := cluster.New(e.ranked(source))
	if err != nil {
		return Result{}, err
	}
	policy, err := cluster.PolicyByName(o.Policy, cluster.Options{
		Draw: des.Stream(uint64(o.Seed), "placement", "").IntN, Typical: e.typical,
	})
	if err != nil {
		return Result{}, err
	}
	r := Result{List: o.List, Policy: o.Policy, Seed: o.Seed, Tasks: len(tasks), GPUs: e.gpus}
	m := meter{capacity: capacity, fragmentation: cluster.NewFragmentation(c, e.typical)}
	m.ofNode = make([]float64, 0, c.Len())
	for i := range c.Len() {
		m.ofNode = append(m.ofNode, m.fragmentation.Node(c, i))
		m.fragmented += m.ofNode[i]
	}
	for i, t := range tasks {
		if part, ok := c.PlaceWhole(t.Request, policy); ok {
			r.Placed++
			m.allocated += t.demand()
			m.update(c, part.Node)
		} else {
			r.Failed++
			if t.rejected {
				r.Rejected++
			}
		}
		m.arrive(t.demand())
		if o.Progress != nil && (i+1)%256 == 0 {
			o.Progress(i+1, len(tasks))
		}
	}
	if o.Progress != nil {
		o.Progress(len(tasks), len(tasks))
	}
	r.Curve = append([]Point{}, m.curve...) // [] in JSON, not null
	return r, nil
}

// arrivals returns the tasks of one run in order. It draws as the published experiment does, from the same source in the
// same order, which yields the same tasks.
func (e *Experiment) arrivals(r *rand.Rand, target float64) []candidate {
	r.Int()
	tasks := append(make([]candidate, 0, 2*len(e.tasks)), e.tasks...) // with capacity for additional draws
	r.Shuffle(len(tasks), func(i, j int) { tasks[i], tasks[j] = tasks[j], tasks[i] })
	demand := int64(0)
	for _, t := range tasks {
		demand += t.demand()
	}
	if demand == 0 {
		return tasks // no number of such tasks reaches the target
	}
	if float64(demand) > target {
		for float64(demand) > target {
			i := r.Intn(len(tasks))
			demand -= tasks[i].demand()
			tasks = slices.Delete(tasks, i, i+1)
		}
		return tasks
	}
	for {
		t := e.tasks[r.Intn(len(e.tasks))]
		if float64(demand+int64(t.Request.Milli)) > target {
			return tasks
		}
		demand += t.demand()
		tasks = append(tasks, t)
	}
}

// drawsBeforeRanks is the number of values that the published simulator draws for other purposes between the workload
// and the node names.
const drawsBeforeRanks = 10

// ranked returns the nodes under new names, whose order decides ties for the whole run. The published experiment draws
// that order and renames its nodes in the same way.
func (e *Experiment) ranked(r *rand.Rand) []cluster.Node {
	for range drawsBeforeRanks {
		r.Int()
	}
	nodes := slices.Clone(e.nodes)
	for i, rank := range r.Perm(len(nodes)) {
		nodes[i].Name = e.ranks[rank]
	}
	return nodes
}

// meter measures a run and averages it into a curve.
type meter struct {
	capacity           float64 // milli
	arrived, allocated int64   // milli
	fragmentation      *cluster.Fragmentation
	ofNode             []float64 // milli
	fragmented         float64   // sum of ofNode

	curve []Point
	n     float64 // arrivals in the last point
}

// update recomputes the fragmentation of a node after a placement.
func (m *meter) update(c *cluster.Cluster, node int) {
	f := m.fragmentation.Node(c, node)
	m.fragmented += f - m.ofNode[node]
	m.ofNode[node] = f
}

func (m *meter) arrive(demand int64) {
	m.arrived += demand
	percent := int(math.RoundToEven(100 * float64(m.arrived) / m.capacity))
	// Demand never decreases, so the arrivals of a point are consecutive.
	if k := len(m.curve); k == 0 || m.curve[k-1].Arrived != percent {
		m.curve = append(m.curve, Point{Arrived: percent})
		m.n = 0
	}
	m.n++
	p := &m.curve[len(m.curve)-1]
	p.Allocated += (100*float64(m.allocated)/m.capacity - p.Allocated) / m.n
	p.Fragmented += (100*m.fragmented/m.capacity - p.Fragmented) / m.n
}

// At returns the point at which arrived per cent of the capacity had arrived. ok is false if there is none.
func (r *Result) At(arrived int) (p Point, ok bool) {
	i, ok := slices.BinarySearchFunc(r.Curve, arrived, func(p Point, a int) int { return p.Arrived - a })
	if !ok {
		return Point{}, false
	}
	return r.Curve[i], true
}
