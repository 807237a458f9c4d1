package world

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
)

// Pool is the GPUs of one type in one zone. Capacity does not count those of environments.
type Pool struct {
	history.Pool
	Capacity    int
	Type        *catalog.GPUType
	Preemptible *catalog.GPUType // Type, at the price for preemptible tasks
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
			capacity := w.cluster.Count(z.ID, name).Capacity
			gpuType := w.catalog.GPUType(name)
			pools = append(pools, Pool{
				history.Pool{Zone: z.ID, GPUType: name}, capacity, gpuType, gpuType.At(w.cfg.preemptiblePriceFactor()),
			})
		}
	}
	return pools
}

// meter follows the journal for a recorder: it tells how the levels of all pools change. A nil *meter tells nobody.
type meter struct {
	world        *World
	to           *history.Recorder
	zones        [][]numberedPool // by zone
	nodes        []int            // number of the pool, by node
	environments []int            // number of the pool, by environment
	inUse        []bool           // whether tasks train in it, by environment
}

type numberedPool struct {
	gpuType string
	number  int
}

// Meter sets the levels of a recorder for the world's Pools, and keeps them up to date from now on. Clones are not metered.
func (w *World) Meter(to *history.Recorder) {
	m := &meter{world: w, to: to, zones: make([][]numberedPool, len(w.cfg.Zones)), inUse: make([]bool, len(w.environments.list))}
	pools := w.Pools()
	for i, p := range pools {
		zone := w.catalog.ZoneIndex(p.Zone)
		m.zones[zone] = append(m.zones[zone], numberedPool{p.GPUType, i})
	}
	for i := range w.cluster.Len() {
		n := w.cluster.Node(i)
		m.nodes = append(m.nodes, m.pool(w.catalog.ZoneIndex(n.Zone), n.GPUType))
	}
	for i := range w.cfg.Environments {
		e := &w.cfg.Environments[i]
		m.environments = append(m.environments, m.pool(w.catalog.ZoneIndex(e.Zone), e.GPUType))
		m.inUse[i] = len(w.environments.list[i].tasks) > 0
	}
	for number, levels := range m.count(pools) {
		for level, value := range levels {
			to.Set(w.now, number, history.Level(level), value)
		}
	}
	w.journal.meter = m
}

// count counts the levels that the meter follows.
func (m *meter) count(pools []Pool) []history.Levels {
	w := m.world
	levels := make([]history.Levels, len(pools))
	for i, p := range pools {
		levels[i][history.Held] = int64(w.cluster.Count(p.Zone, p.GPUType).Held)
	}
	add := func(number int, level history.Level, n int) {
		if number >= 0 {
			levels[number][level] += int64(n)
		}
	}
	for zone, q := range w.queues.list {
		for j := range q.Waiting() {
			add(m.pool(zone, j.Request.GPUTypes[0]), history.Waiting, 1)
		}
	}
	for _, t := range w.tasks.list {
		if t == nil || t.Status.Finished() {
			continue
		}
		if t.Status == Running {
			add(m.poolOf(t), history.Running, 1)
		}
		if len(t.Holds) > 0 {
			add(m.poolOf(t), billedLevel(t), t.Resources.GPUs)
		}
	}
	for i := range w.environments.list {
		if len(w.environments.list[i].tasks) > 0 {
			add(m.environments[i], history.Billed, w.cfg.Environments[i].GPUs)
		}
	}
	return levels
}

// pool returns the number of a pool; -1 if the zone has no GPU of the type.
func (m *meter) pool(zone int, gpuType string) int {
	for _, p := range m.zones[zone] {
		if p.gpuType == gpuType {
			return p.number
		}
	}
	return -1
}

// poolOf returns the number of the pool on whose GPUs a task runs.
func (m *meter) poolOf(t *task) int {
	if t.Mode == Existing {
		return m.environments[t.environment]
	}
	return m.pool(m.world.catalog.ZoneIndex(t.Resources.Zone), t.Resources.GPUType)
}

func (m *meter) add(number int, level history.Level, change int64) {
	if number >= 0 {
		m.to.Add(m.world.now, number, level, change)
	}
}

// waiting counts one more or less job in a zone's queue.
func (m *meter) waiting(zone int, gpuType string, change int64) {
	if m != nil {
		m.add(m.pool(zone, gpuType), history.Waiting, change)
	}
}

// training counts one more or less task that trains.
func (m *meter) training(t *task, change int64) {
	if m != nil {
		m.add(m.poolOf(t), history.Running, change)
	}
}

// billed counts a dynamic task that begins (+1) or ceases (-1) to pay for its GPUs.
func (m *meter) billed(t *task, sign int64) {
	if m != nil {
		m.add(m.poolOf(t), billedLevel(t), sign*int64(t.Resources.GPUs))
	}
}

// billedLevel returns the level that counts the GPUs for which a task pays.
func billedLevel(t *task) history.Level {
	if t.Preemptible {
		return history.BilledPreemptible
	}
	return history.Billed
}

// shared takes note of whether tasks train in an environment: together they pay for all its GPUs.
func (m *meter) shared(environment int) {
	if m == nil {
		return
	}
	if inUse := len(m.world.environments.list[environment].tasks) > 0; inUse != m.inUse[environment] {
		m.inUse[environment] = inUse
		gpus := int64(m.world.cfg.Environments[environment].GPUs)
		if !inUse {
			gpus = -gpus
		}
		m.add(m.environments[environment], history.Billed, gpus)
	}
}

// held takes note that an allocation was taken or given back. All its nodes are of one pool.
func (m *meter) held(a cluster.Allocation) {
	if m != nil && len(a.Parts) > 0 {
		m.heldOn(a.Parts[0].Node)
	}
}

// heldOn takes note that what is held on a node has changed.
func (m *meter) heldOn(node int) {
	if m != nil && m.nodes[node] >= 0 {
		m.to.Set(m.world.now, m.nodes[node], history.Held, int64(m.world.cluster.CountLike(node).Held))
	}
}
