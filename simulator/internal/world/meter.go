package world

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
)

// Pool is the GPUs of one type in one zone. Those of environments are not part of its capacity.
type Pool struct {
	history.Pool
	Capacity int
	Type     *GPUType
}

// Pools returns all pools, by zone in the configuration's order and then by GPU type.
func (w *World) Pools() []Pool {
	var pools []Pool
	for _, z := range w.cfg.Zones {
		types := w.cluster.GPUTypes(z.ID)
		for i := range w.cfg.Environments {
			if e := &w.cfg.Environments[i]; e.Zone == z.ID {
				types = append(types, e.GPUType)
			}
		}
		slices.Sort(types)
		for _, name := range slices.Compact(types) {
			pools = append(pools, Pool{history.Pool{Zone: z.ID, GPUType: name}, w.cluster.Count(z.ID, name).Capacity, w.gpuType(name)})
		}
	}
	return pools
}

// meter tells a recorder of the levels of all pools as they change. A nil *meter tells nobody.
type meter struct {
	to           *history.Recorder
	zones        [][]numberedPool // by zone
	nodes        []int            // pools, by node
	environments []int            // pools, by environment
	shared       []bool           // by environment: whether tasks train in it
}

type numberedPool struct {
	gpuType string
	number  int
}

// Meter sets the levels of a recorder for this world's Pools, and tells it from now on how they change. Clones don't.
func (w *World) Meter(to *history.Recorder) {
	m := &meter{to: to, zones: make([][]numberedPool, len(w.cfg.Zones)), shared: make([]bool, len(w.environments))}
	pools := w.Pools()
	for i, p := range pools {
		zone := w.zones[p.Zone]
		m.zones[zone] = append(m.zones[zone], numberedPool{p.GPUType, i})
	}
	for i := range w.cluster.Len() {
		n := w.cluster.Node(i)
		m.nodes = append(m.nodes, m.pool(w.zones[n.Zone], n.GPUType))
	}
	for i := range w.cfg.Environments {
		e := &w.cfg.Environments[i]
		m.environments = append(m.environments, m.pool(w.zones[e.Zone], e.GPUType))
		m.shared[i] = len(w.environments[i].tasks) > 0
	}
	for number, levels := range w.levels(m, pools) {
		for level, value := range levels {
			to.Set(w.now, number, history.Level(level), value)
		}
	}
	w.meter = m
}

// levels counts what a meter follows.
func (w *World) levels(m *meter, pools []Pool) []history.Levels {
	levels := make([]history.Levels, len(pools))
	for i, p := range pools {
		levels[i][history.Held] = int64(w.cluster.Count(p.Zone, p.GPUType).Held)
	}
	count := func(number int, level history.Level, n int) {
		if number >= 0 {
			levels[number][level] += int64(n)
		}
	}
	for zone, q := range w.queues {
		for j := range q.Waiting() {
			count(m.pool(zone, j.Request.GPUTypes[0]), history.Waiting, 1)
		}
	}
	for _, t := range w.tasks {
		if t == nil || t.status.Finished() {
			continue
		}
		if t.status == Running {
			count(m.poolOf(w, t), history.Running, 1)
		}
		if len(t.allocation.Parts) > 0 {
			count(m.poolOf(w, t), history.Billed, t.Resources.GPUs)
		}
	}
	for i := range w.environments {
		if len(w.environments[i].tasks) > 0 {
			count(m.environments[i], history.Billed, w.cfg.Environments[i].GPUs)
		}
	}
	return levels
}

// pool returns the number of a pool; -1 where the zone has no GPU of the type.
func (m *meter) pool(zone int, gpuType string) int {
	for _, p := range m.zones[zone] {
		if p.gpuType == gpuType {
			return p.number
		}
	}
	return -1
}

func (m *meter) poolOf(w *World, t *task) int {
	if t.mode == Existing {
		return m.environments[t.environment]
	}
	return m.pool(w.zones[t.Resources.Zone], t.Resources.GPUType)
}

func (m *meter) add(w *World, number int, level history.Level, change int64) {
	if number >= 0 {
		m.to.Add(w.now, number, level, change)
	}
}

// waits notes one more or less in a zone's queue.
func (m *meter) waits(w *World, zone int, gpuType string, change int64) {
	if m != nil {
		m.add(w, m.pool(zone, gpuType), history.Waiting, change)
	}
}

// runs notes one more or less task that trains.
func (m *meter) runs(w *World, t *task, change int64) {
	if m != nil {
		m.add(w, m.poolOf(w, t), history.Running, change)
	}
}

// bills notes that a dynamic task begins or ends to pay for its GPUs.
func (m *meter) bills(w *World, t *task, sign int64) {
	if m != nil {
		m.add(w, m.poolOf(w, t), history.Billed, sign*int64(t.Resources.GPUs))
	}
}

// shares notes whether tasks train in an environment: together they pay for all its GPUs.
func (m *meter) shares(w *World, environment int) {
	if m == nil {
		return
	}
	if shared := len(w.environments[environment].tasks) > 0; shared != m.shared[environment] {
		m.shared[environment] = shared
		gpus := int64(w.cfg.Environments[environment].GPUs)
		if !shared {
			gpus = -gpus
		}
		m.add(w, m.environments[environment], history.Billed, gpus)
	}
}

// holds notes that an allocation was taken or given back. All its nodes are of one pool.
func (m *meter) holds(w *World, a cluster.Allocation) {
	if m != nil && len(a.Parts) > 0 {
		m.holdsOn(w, a.Parts[0].Node)
	}
}

// holdsOn notes that what is held on a node has changed.
func (m *meter) holdsOn(w *World, node int) {
	if m != nil && m.nodes[node] >= 0 {
		m.to.Set(w.now, m.nodes[node], history.Held, int64(w.cluster.CountLike(node).Held))
	}
}
