package world

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Violation is the error of a state that no world can have.
type Violation struct {
	Record string // kind and id, as "task 3"; "" if no single record is wrong
	Field  string // of the record; "" for the record as a whole
	Rule   string // what holds in every world, or what was found instead
	cause  error
}

// Violates returns the violation of a record by an error.
func Violates(record, field string, err error) *Violation {
	return &Violation{Record: record, Field: field, Rule: err.Error(), cause: err}
}

func (v *Violation) Error() string {
	text := v.Rule
	if v.Field != "" {
		text = v.Field + ": " + text
	}
	if v.Record != "" {
		text = v.Record + ": " + text
	}
	return text
}

// Unwrap returns the error that caused the violation, if any.
func (v *Violation) Unwrap() error { return v.cause }

// invariants hold in every world between two commands or events. The code of this package relies on them, and Restore
// refuses a state that violates one.
var invariants = []func(inspector) *Violation{
	inspector.checkFigures,
	inspector.checkNodes,
	inspector.checkEnvironments,
	inspector.checkTasks,
	inspector.checkJobs,
	inspector.checkArrivals,
	inspector.checkInventory,
	inspector.checkCalendar,
	inspector.checkQueues,
}

// inspector reads all parts of a world, to check what holds between them. It changes nothing.
type inspector struct{ *World }

// CheckInvariants returns the first invariant that does not hold, a *Violation, or nil. It changes nothing.
func (w *World) CheckInvariants() error {
	for _, check := range invariants {
		if v := check(inspector{w}); v != nil {
			return v
		}
	}
	return nil
}

// broken returns the violation of a field of a record. The id is a string or a number.
func broken(kind string, id any, field, format string, args ...any) *Violation {
	readable := make([]any, len(args))
	for i, a := range args {
		if t, ok := a.(des.Time); ok {
			a = t.Duration()
		}
		readable[i] = a
	}
	return &Violation{Record: kind + " " + fmt.Sprint(id), Field: field, Rule: fmt.Sprintf(format, readable...)}
}

// checkFigures checks the counts of the world against what they count.
func (w inspector) checkFigures() *Violation {
	wrong := func(field, format string, args ...any) *Violation {
		return &Violation{Record: kindWorld, Field: field, Rule: fmt.Sprintf(format, args...)}
	}
	arrived := 0
	for i, n := range w.background.arrived {
		if n < 0 || n > maxCount {
			return wrong("arrived", "load %d has %d jobs; a count is 0 to %d", i+1, n, maxCount)
		}
		if first := -des.Time(w.cfg.WarmUp); n == 0 && w.background.last[i] != first {
			return wrong("lastArrival", "load %d has no jobs, and counts from %s, not from the start, %s",
				i+1, w.background.last[i].Duration(), first.Duration())
		}
		if last := w.background.last[i]; !within(-des.Time(w.cfg.WarmUp), w.now, last) {
			return wrong("lastArrival", "the last job of load %d came at %s, and now is %s", i+1, last.Duration(), w.now.Duration())
		}
		arrived += n
	}
	if arrived != int(w.background.made) {
		return wrong("jobs", "%d were made, and %d arrived", w.background.made, arrived)
	}
	live, finished := 0, 0
	for _, t := range w.tasks.list {
		if t != nil && t.Status.Finished() {
			finished++
		} else if t != nil {
			live++
		}
	}
	if live != w.tasks.live || finished > len(w.tasks.finished) {
		return wrong("tasks", "%d are live and %d finished, and it counts %d and %d", live, finished, w.tasks.live, len(w.tasks.finished))
	}
	return nil
}

// checkNodes checks the states, outages and images of the nodes.
func (w inspector) checkNodes() *Violation {
	for i := range w.outages.list {
		n, state, name := &w.outages.list[i], w.cluster.State(i), w.cluster.Node(i).Name
		if n.By != cluster.Up.String() && n.By != state.String() {
			return broken(kindNode, name, "by", "it is %s, and the scenario made it %s", state, n.By)
		}
		if state == cluster.Failed && len(w.images.list[i]) > 0 {
			return broken(kindNode, name, "cache", "a node that failed has lost its images, and it has %d", len(w.images.list[i]))
		}
		if v := w.checkService(i); v != nil {
			return v
		}
		total := int64(0)
		for k, image := range w.images.list[i] {
			if w.images.list[i][:k].has(image.Name) {
				return broken(kindNode, name, "cache", "image %q is there twice", image.Name)
			}
			if known := w.image(image.Name); known != image {
				return broken(kindNode, name, "cache", "image %q is %+v; the scenario has %+v", image.Name, image, known)
			}
			total += image.SizeMB
		}
		if total > w.cfg.imageCacheMB() && len(w.images.list[i]) > 1 {
			return broken(kindNode, name, "cache", "it has %d MB of images; %d MB is the most", total, w.cfg.imageCacheMB())
		}
	}
	return nil
}

// checkEnvironments checks the environments against the tasks in them.
func (w inspector) checkEnvironments() *Violation {
	training := make([]int, len(w.environments.list))
	for _, t := range w.tasks.list {
		if t == nil || t.Mode != Existing || t.Status.Finished() {
			continue
		}
		if !w.environments.list[t.environment].Running {
			return broken(kindTask, t.number, "environment", "it is %s in %s, which does not run", t.Status, w.cfg.Environments[t.environment].ID)
		}
		if t.Status == Running {
			training[t.environment]++
		}
	}
	for i := range w.environments.list {
		e, id := &w.environments.list[i], w.cfg.Environments[i].ID
		switch {
		case e.Since > w.now:
			return broken(kindEnvironment, id, "since", "it started at %s, and now is %s", e.Since, w.now)
		case e.Last < 0 || e.Last > w.now:
			return broken(kindEnvironment, id, "last", "it was brought up to date at %s, and now is %s", e.Last, w.now)
		case e.Service < 0 || e.Service > e.Last:
			return broken(kindEnvironment, id, "service", "it has served for %s in %s", e.Service, e.Last)
		case len(e.tasks) != training[i]:
			return broken(kindEnvironment, id, "", "%d tasks train in it, and it lists %d", training[i], len(e.tasks))
		case (len(e.tasks) > 0) != (e.pending != des.Handle{}):
			return broken(kindEnvironment, id, "", "%d tasks train in it, and its next event does not go with that", len(e.tasks))
		}
	}
	return nil
}

// checkJobs checks that each job of the background load holds what it asks for, or nothing.
func (w inspector) checkJobs() *Violation {
	for _, j := range w.background.inOrder() {
		id := j.id
		if !within(-des.Time(w.cfg.WarmUp), w.now, j.Started) {
			return broken(kindJob, id, "started", "it started at %s, and now is %s", j.Started, w.now)
		}
		if !within(0, des.Time(longest), j.Length) {
			return broken(kindJob, id, "length", "%s is not within 0 and %s", j.Length, longest)
		}
		if sizes := w.cfg.Background[j.Load].Sizes; !slices.ContainsFunc(sizes, func(s Size) bool { return s.GPUs == j.request.GPUs }) {
			return broken(kindJob, id, "gpus", "%d is no size of load %d", j.request.GPUs, j.Load+1)
		}
		if len(j.Holds) == 0 {
			if j.pending != (des.Handle{}) {
				return broken(kindJob, id, "holds", "it is to end, and holds nothing")
			}
			continue
		}
		if why := w.holdsWrong(&j.request, j.allocation()); why != "" {
			return broken(kindJob, id, "holds", "%s", why)
		}
		for _, p := range j.Holds {
			if n := &w.outages.list[p.Node]; n.Since != 0 && j.Started > n.Since && w.cluster.State(p.Node) != cluster.Up {
				return broken(kindJob, id, "started", "it started at %s on node %s, which is %s since %s",
					j.Started, w.cluster.Node(p.Node).Name, w.cluster.State(p.Node), n.Since)
			}
		}
		if j.pending == (des.Handle{}) {
			return broken(kindJob, id, "", "it holds GPUs, and its end is missing")
		}
	}
	return nil
}

// holdsWrong says why an allocation does not satisfy a request; "" if it does.
func (w inspector) holdsWrong(r *cluster.Request, a cluster.Allocation) string {
	var gpus int
	var cpu, memory int64
	for i, p := range a.Parts {
		node := w.cluster.Node(p.Node)
		switch {
		case node.Zone != r.Zone || !slices.Contains(r.GPUTypes, node.GPUType):
			return fmt.Sprintf("it asks for %v in zone %s, and holds node %s, which has %s in zone %s",
				r.GPUTypes, r.Zone, node.Name, node.GPUType, node.Zone)
		case w.cluster.State(p.Node) == cluster.Failed:
			return fmt.Sprintf("it holds node %s, which has failed", node.Name)
		case slices.ContainsFunc(a.Parts[:i], func(o cluster.Part) bool { return o.Node == p.Node }):
			return fmt.Sprintf("it holds node %s in two parts", node.Name)
		case p.Milli != cluster.WholeGPU || p.GPUs == 0:
			return fmt.Sprintf("it holds %d thousandths of GPUs %b of node %s; tasks hold whole ones", p.Milli, p.GPUs, node.Name)
		}
		gpus += bits.OnesCount16(p.GPUs)
		cpu += p.CPUMilli
		memory += p.MemoryMiB
	}
	if gpus != r.GPUs || cpu != r.CPUMilli || memory != r.MemoryMiB {
		return fmt.Sprintf("it holds %d GPUs, %d thousandths of a core and %d MiB, and asks for %d, %d and %d",
			gpus, cpu, memory, r.GPUs, r.CPUMilli, r.MemoryMiB)
	}
	return ""
}

// checkArrivals checks that each number of arrival, which orders the queues, is used once.
func (w inspector) checkArrivals() *Violation {
	used := map[int64]bool{}
	check := func(kind string, id int32, arrival int64) *Violation {
		if arrival < 1 || arrival > w.queues.arrivals {
			return broken(kind, id, "arrival", "%d is not within 1 and %d", arrival, w.queues.arrivals)
		}
		if used[arrival] {
			return broken(kind, id, "arrival", "%d is used twice", arrival)
		}
		used[arrival] = true
		return nil
	}
	least := int64(w.background.made)
	for _, t := range w.tasks.list {
		if t != nil && t.Mode == Dynamic {
			least += 1 + int64(t.Losses)
			if v := check(kindTask, t.number, t.Arrival); v != nil {
				return v
			}
		}
	}
	for _, j := range w.background.inOrder() {
		if v := check(kindJob, j.id, j.Arrival); v != nil {
			return v
		}
	}
	if w.queues.arrivals < least {
		rule := fmt.Sprintf("%d came into queues, and it counts %d", least, w.queues.arrivals)
		return &Violation{Record: kindWorld, Field: "arrivals", Rule: rule}
	}
	return nil
}

// checkInventory checks that the inventory says of each node what tasks and jobs hold of it.
func (w inspector) checkInventory() *Violation {
	type use struct {
		gpus        uint16
		cpu, memory int64
	}
	used := make([]use, w.cluster.Len())
	hold := func(a cluster.Allocation) *Violation {
		for _, p := range a.Parts {
			u := &used[p.Node]
			if u.gpus&p.GPUs != 0 {
				return broken(kindNode, w.cluster.Node(p.Node).Name, "", "GPUs %b are held twice", u.gpus&p.GPUs)
			}
			u.gpus |= p.GPUs
			u.cpu += p.CPUMilli
			u.memory += p.MemoryMiB
		}
		return nil
	}
	for _, t := range w.tasks.list {
		if t != nil {
			if v := hold(t.allocation()); v != nil {
				return v
			}
		}
	}
	for _, j := range w.background.inOrder() {
		if v := hold(j.allocation()); v != nil {
			return v
		}
	}
	for i := range used {
		node := w.cluster.Node(i)
		for gpu, free := range w.cluster.GPUFree(i) {
			if held := used[i].gpus>>gpu&1 == 1; held != (free == 0) {
				return broken(kindNode, node.Name, "", "GPU %d is held: %t; the inventory has %d thousandths free", gpu, held, free)
			}
		}
		cpu, memory := w.cluster.CPUFree(i), w.cluster.MemoryFree(i)
		if cpu != node.CPUMilli-used[i].cpu || memory != node.MemoryMiB-used[i].memory {
			return broken(kindNode, node.Name, "", "%d thousandths of a core and %d MiB are free in the inventory, and %d and %d are held",
				cpu, memory, used[i].cpu, used[i].memory)
		}
	}
	return nil
}

// checkQueues checks that the first job of each queue waits for room. Nothing else would start it.
func (w inspector) checkQueues() *Violation {
	for zone, q := range w.queues.list {
		for j := range q.Waiting() {
			if !w.queues.hasRoom(j.Request) {
				break
			}
			record := Violation{Record: kindTask + " " + number(j.ID), Field: "status"}
			if j.ID < 0 {
				record = Violation{Record: kindJob + " " + number(j.ID), Field: "holds"}
			}
			record.Rule = fmt.Sprintf("it is first in the queue of zone %s, and there is room for it", w.cfg.Zones[zone].ID)
			return &record
		}
		if len(w.queues.preemptible[zone]) > 0 {
			for _, j := range q.Heads(w.cluster) {
				if victims := w.queues.victims(zone, &j); len(victims) > 0 {
					return broken(kindTask, victims[0].number, "status", "it is %s, and would give way to job %d, which waits", victims[0].Status, j.ID)
				}
			}
		}
		refused := q.Refused()
		for _, id := range slices.Sorted(maps.Keys(refused)) {
			if limit := refused[id]; limit < 0 {
				return broken(kindQueue, w.cfg.Zones[zone].ID, "refused", "job %d with a limit of %s", id, limit)
			}
		}
	}
	return nil
}

// checkCalendar checks that each event is scheduled for the end of what it ends, and that each source of events has its
// next one scheduled.
func (w inspector) checkCalendar() *Violation {
	kinds := w.outages.kinds()
	turns := make([][2]int, len(w.outages.list)) // pending, by node and kind of outage
	ends := make([][2]bool, len(w.outages.list)) // whether the pending one is an end
	arrivals := make([]int, len(w.cfg.Background))
	for e := range w.calendar.All() {
		at, d := e.At, e.Event
		wrong := func(field, format string, args ...any) *Violation {
			v := broken(kindEvent, e.Handle.Order(), field, format, args...)
			v.Rule = fmt.Sprintf("%s of %d: %s", eventNames[d.kind], d.id, v.Rule)
			return v
		}
		if at < w.now {
			return wrong("at", "it is due at %s, and now is %s", at, w.now)
		}
		if from, to := w.window(d); at < from || at > to {
			if from == to {
				return wrong("at", "start and length put it at %s, and it is due at %s", from, at)
			}
			return wrong("at", "it is due at %s, which is not within %s and %s", at, from, to)
		}
		switch d.kind {
		case trainingCrashes:
			if w.cfg.Failures.CrashMTBF <= 0 {
				return wrong("kind", "no training crashes in this scenario")
			}
		case nodeFails, nodeReturns, nodeDrains, nodeUndrains:
			k := (d.kind - nodeFails) / 2
			turns[d.id][k]++
			ends[d.id][k] = d.kind == kinds[k].ends
		case backgroundArrives:
			arrivals[d.id]++
		}
	}
	for i := range w.outages.list {
		name, pending := w.cluster.Node(i).Name, 0
		for k, x := range kinds {
			want := 0
			if x.every > 0 {
				want = 1
			}
			if turns[i][k] != want {
				return broken(kindNode, name, "", "%d events of kind %q or %q are pending; want %d",
					turns[i][k], eventNames[x.begins], eventNames[x.ends], want)
			}
			if w.outages.list[i].By == x.state.String() && !ends[i][k] {
				return broken(kindNode, name, "by", "the scenario made it %s, and its return is missing", x.state)
			}
			pending += want
		}
		if w.outages.list[i].Events < pending {
			return broken(kindNode, name, "events", "%d were scheduled, and %d are pending", w.outages.list[i].Events, pending)
		}
	}
	for load, n := range arrivals {
		if n != 1 {
			return &Violation{Record: kindWorld, Field: "lastArrival", Rule: fmt.Sprintf("load %d has %d next arrivals; want 1", load+1, n)}
		}
	}
	return nil
}

// window returns the earliest and the latest time for which an event can be scheduled. They are equal if start and length
// determine the time.
func (w inspector) window(d pendingEvent) (from, to des.Time) {
	switch d.kind {
	case phaseEnds:
		t := w.tasks.list[d.id-1]
		return t.PhaseBegan, t.PhaseBegan + 2*des.Time(longestPhase)
	case trainingEnds, trainingCrashes:
		t := w.tasks.list[d.id-1]
		end := t.Resumed + t.Length - t.Saved
		if d.kind == trainingEnds {
			return end, end
		}
		return t.Resumed, end - 1
	case limitReached:
		t := w.tasks.list[d.id-1]
		limit, _ := t.limit()
		end := w.now + max(0, limit-w.life.used(t))
		return end, end
	case environmentServes:
		e := &w.environments.list[d.id]
		n := des.Time(len(e.tasks))
		left := min(max(0, w.tasks.list[e.tasks[0]-1].Target-e.Service), (math.MaxInt64/2-e.Last)/n)
		return e.Last + left*n, e.Last + left*n
	case backgroundArrives:
		last := w.background.last[d.id]
		return last + 1, last + des.Time(longest)
	case backgroundEnds:
		j := w.background.jobs[d.id]
		return j.Started + j.Length, j.Started + j.Length
	}
	return w.now, w.now + des.Time(longest)
}
