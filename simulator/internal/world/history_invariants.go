package world

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// reasons are the reasons that an entry of a history may have, by its type and status. Each may also have none.
var reasons = map[EventType]map[Status][]Reason{
	TaskQueued:    {Queued: {WaitNoRoom, WaitBehind}},
	TaskPhase:     {Starting: {PullRetried}},
	TaskRestarted: {Queued: {EndNodeFailed, Preempted}, Starting: {EndTrainingCrashed}},
	TaskStatus: {
		Failed:  {EndEnvironmentStopped, EndImagePullFailed, EndNodeFailed, EndTrainingCrashed},
		Stopped: {EndStopped, EndMaxDuration},
	},
}

// checkEntry returns the first field of an entry that contradicts its type or its task, and why, as a format with arguments.
// The field is "" if there is none. p is the task's state after the entry. Mode and zone may be missing: older states lack
// them.
func (w inspector) checkEntry(p *past, e *Event) (field, rule string, args []any) {
	t := p.task
	status, phase, zone, environment := p.status, p.phase, "", ""
	if t.Mode == Dynamic {
		zone = t.Resources.Zone
	}
	if e.Type == TaskCreated && t.Mode == Existing {
		environment = w.cfg.Environments[t.environment].ID
	} else if e.Type == TaskCreated {
		status = ""
	}
	retried := e.Reason == PullRetried
	switch {
	case e.Status != status:
		return "status", "%q gives status %q here, not %q", []any{e.Type, status, e.Status}
	case e.Phase != phase:
		return "phase", "%q gives phase %q here, not %q", []any{e.Type, phase, e.Phase}
	case e.Reason != "" && !slices.Contains(reasons[e.Type][e.Status], e.Reason), retried && e.Phase != PullingImage:
		return "reason", "%q is no reason of %q with status %q", []any{e.Reason, e.Type, e.Status}
	case e.Mode != "" && e.Mode != t.Mode:
		return "mode", "it is %q, and the task is %q", []any{e.Mode, t.Mode}
	case e.Zone != "" && e.Zone != zone:
		return "zone", "it is %q, and the task's is %q", []any{e.Zone, zone}
	case e.Environment != environment:
		return "environment", "it is %q; want %q", []any{e.Environment, environment}
	case e.Node != "":
		return "node", "an entry of a task names none, and this is %q", []any{e.Node}
	case e.Took < 0 || e.Took > e.At-t.Created || e.Took > 0 && e.Type != TaskPlaced && e.Type != TaskStatus:
		return "took", "%s is not what %q at %s took, in a task that was created at %s", []any{e.Took, e.Type, e.At, t.Created}
	case len(e.Verdicts) > 0 && e.Type != TaskQueued:
		return "verdicts", "only a wait has some, and this is %q", []any{e.Type}
	case len(e.Tasks) > 0 && e.Type != TaskPlaced && e.Reason != Preempted:
		return "tasks", "only a preemption names some, and this is %q", []any{e.Type}
	case e.Type != TaskPlaced && len(e.Nodes) > 0:
		return "nodes", "only a placement names some, and this is %q", []any{e.Type}
	case e.Type == TaskPlaced:
		return w.checkPlacement(t, e)
	}
	return "", "", nil
}

// checkPlacement checks that the nodes of a placement are different, are in the task's zone and of its GPU type, have enough
// GPUs, and were in service. It returns what checkEntry does.
func (w inspector) checkPlacement(t *task, e *Event) (field, rule string, args []any) {
	room := 0
	for i, name := range e.Nodes {
		n, ok := w.cluster.Index(name)
		if !ok || slices.Contains(e.Nodes[:i], name) {
			return "nodes", "%q is no node, or is there twice", []any{name}
		}
		node := w.cluster.Node(n)
		if node.Zone != t.Resources.Zone || node.GPUType != t.Resources.GPUType {
			return "nodes", "it asks for %s in zone %s, and node %s has %s in zone %s",
				[]any{t.Resources.GPUType, t.Resources.Zone, name, node.GPUType, node.Zone}
		}
		// In older states Since is missing, so 0 says nothing.
		if since := w.outages.list[n].Since; since != 0 && e.At > since && w.cluster.State(n) != cluster.Up {
			return "nodes", "it was placed at %s on node %s, which is %s since %s", []any{e.At, name, w.cluster.State(n), since}
		}
		room += node.GPUs
	}
	if len(e.Nodes) > t.Resources.GPUs || room < t.Resources.GPUs {
		return "nodes", "%d nodes with %d GPUs don't hold the %d that it asks for", []any{len(e.Nodes), room, t.Resources.GPUs}
	}
	return "", "", nil
}

// ends reports whether a live task can end in this way. Only a training can succeed or crash, only a phase that pulls an
// image can fail by it, and only a task that holds GPUs can lose a node.
func (p *past) ends(e *Event) bool {
	dynamic := p.task.Mode == Dynamic
	switch {
	case e.Status == Succeeded, e.Reason == EndTrainingCrashed:
		return p.status == Running && (dynamic || e.Status == Succeeded)
	case e.Reason == EndImagePullFailed:
		return p.phase == PullingImage
	case e.Reason == EndNodeFailed:
		return dynamic && p.status != Queued
	case e.Reason == EndMaxDuration:
		return p.task.MaxDuration != nil && (p.status == Running || dynamic && p.status != Queued)
	case e.Reason == EndEnvironmentStopped:
		return !dynamic
	}
	return true
}

// checkService checks the time at which a node came into its state.
func (w inspector) checkService(i int) *Violation {
	n, state, name := &w.outages.list[i], w.cluster.State(i), w.cluster.Node(i).Name
	switch {
	case n.By == cluster.Up.String() && state != cluster.Up && n.Since < 0:
		return broken(kindNode, name, "since", "it is %s by hand since %s, before the start", state, n.Since)
	case n.Since < 0 && w.outages.kinds()[0].every <= 0 && w.outages.kinds()[1].every <= 0:
		return broken(kindNode, name, "since", "it is %s since %s, and nothing changes nodes before the start", state, n.Since)
	case n.Since < -des.Time(w.cfg.WarmUp) || n.Since > w.now:
		return broken(kindNode, name, "since", "%s is not between the start and now, %s", n.Since, w.now)
	}
	return nil
}
