package world

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/recordjson"
)

func (r *restoring) node(record Record) error {
	w := r.w
	i, ok := w.cluster.Index(record.ID)
	if !ok {
		return errors.New("the scenario has no such node")
	}
	var n nodeRecord
	if err := recordjson.Decode(record.Data, &n); err != nil {
		return err
	}
	state, ok := stateOf(n.State)
	_, known := stateOf(n.By)
	if !ok || !known || n.Events < 0 || n.Events > maxCount {
		return broken(kindNode, record.ID, "state", "%q, by %q, with %d events: want up, draining or failed, and a count",
			n.State, n.By, n.Events)
	}
	if !within(-des.Time(w.cfg.WarmUp), w.now, n.Since) {
		return fmt.Errorf("%s since %s, which is not between the start and now, %s", n.State, n.Since.Duration(), w.now.Duration())
	}
	for _, image := range n.Cache {
		if image.SizeMB < 0 || image.SizeMB > maxCount {
			return fmt.Errorf("image %s has %d MB", image.Name, image.SizeMB)
		}
	}
	w.cluster.SetState(i, state)
	w.outages.list[i], w.images.list[i] = n.nodeOutage, n.Cache
	return nil
}

// stateOf returns a state of a node by its name.
func stateOf(name string) (cluster.State, bool) {
	for _, s := range []cluster.State{cluster.Up, cluster.Draining, cluster.Failed} {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

func (r *restoring) environment(record Record) error {
	i := r.w.catalog.EnvironmentIndex(record.ID)
	if i < 0 {
		return errors.New("the scenario has no such environment")
	}
	var e environment
	if err := recordjson.Decode(record.Data, &e); err != nil {
		return err
	}
	if !within(-farthest, r.w.now, e.Since) || !within(0, farthest, e.Service) || !within(0, r.w.now, e.Last) {
		return broken(kindEnvironment, record.ID, "since",
			"since %s, service %s, last %s: a time is out of its range", e.Since, e.Service, e.Last)
	}
	r.w.environments.list[i] = e
	return nil
}

func (r *restoring) purged(record Record) error {
	n, err := r.taskNumber(record.ID)
	if err != nil {
		return err
	}
	var status Status
	if err := recordjson.Decode(record.Data, &status); err != nil {
		return err
	}
	if !status.Finished() {
		return fmt.Errorf("a purged task has status %q, want succeeded, failed or stopped", status)
	}
	r.w.tasks.purged[n-1] = uint8(slices.Index(finalStatuses, status))
	return nil
}

func (r *restoring) key(record Record) error {
	var k keyRecord
	if err := recordjson.Decode(record.Data, &k); err != nil {
		return err
	}
	_, twice := r.w.keys.records[record.ID]
	if record.ID == "" || twice || len(k.Digest) != digestSize || (len(k.Tasks) == 0) != (k.Template != nil) ||
		!within(0, r.w.now, k.At) {
		return errors.New("id, digest, at, tasks or template: want an id, 32 bytes, a time until now, and either tasks or a template")
	}
	for _, c := range k.Tasks {
		if n := taskNumber(c.Task); n == 0 || int(n) > len(r.w.tasks.list) || !known(c.Status) || !within(0, farthest, c.EstimatedStart) {
			return broken(kindKey, record.ID, "tasks", "it created %q, %s: want a task that was created", c.Task, c.Status)
		}
	}
	if t := k.Template; t != nil {
		if err := r.checkTemplate(t); err != nil {
			return Violates(kindKey+" "+record.ID, "template", err)
		}
	}
	r.w.keys.records[record.ID] = k
	r.w.keys.order = append(r.w.keys.order, record.ID)
	return nil
}

func (r *restoring) template(record Record) error {
	t := &Template{}
	if err := recordjson.Decode(record.Data, t); err != nil {
		return err
	}
	if t.ID != record.ID || r.w.templates.get(t.ID) != nil {
		return fmt.Errorf("it says that it is %q, or it comes twice", t.ID)
	}
	if err := r.checkTemplate(t); err != nil {
		return err
	}
	if blank(&t.Name) {
		return broken(kindTemplate, t.ID, "name", "it is blank")
	}
	for _, other := range r.w.templates.list {
		if strings.TrimSpace(other.Name) == strings.TrimSpace(t.Name) {
			return broken(kindTemplate, t.ID, "name", "%s has the same, %q", other.ID, t.Name)
		}
	}
	if err := r.w.templates.checkConfig(t, true); err != nil {
		return Violates(kindTemplate+" "+t.ID, err.Field, err)
	}
	r.w.templates.list = append(r.w.templates.list, t)
	return nil
}

func (r *restoring) checkTemplate(t *Template) error {
	if n := templateNumber(t.ID); n < 1 || n > r.w.templates.made {
		return broken(kindTemplate, t.ID, "id", "only template 1 to %d were created", r.w.templates.made)
	}
	if !within(0, r.w.now, t.Created, t.Updated) || t.Revision < 1 || t.Revision > maxCount {
		return broken(kindTemplate, t.ID, "revision",
			"created %s, updated %s, revision %d: one is out of its range", t.Created, t.Updated, t.Revision)
	}
	return nil
}

// known reports whether s is a status that a task can have.
func known(s Status) bool {
	return s.Finished() || s == Queued || s == Allocating || s == Starting || s == Running
}

func (r *restoring) job(record Record) error {
	w := r.w
	id, err := strconv.ParseInt(record.ID, 10, 32)
	if err != nil || id >= 0 || -id > int64(w.background.made) || number(int32(id)) != record.ID ||
		w.background.jobs[int32(id)] != nil {
		return fmt.Errorf("want different ids from -%d to -1", w.background.made)
	}
	j := &backgroundJob{id: int32(id)}
	if err := recordjson.Decode(record.Data, j); err != nil {
		return err
	}
	if j.Load < 0 || j.Load >= len(w.cfg.Background) || j.GPUs < 1 || j.GPUs > maxRequest || j.Arrival < 1 || j.Arrival > w.queues.arrivals ||
		!within(0, des.Time(longest), j.Length) || !within(-des.Time(w.cfg.WarmUp), w.now, j.Started) {
		return errors.New("load, gpus, arrival, length or started: a figure is out of its range")
	}
	j.zone, j.request = w.catalog.ZoneIndex(w.cfg.Background[j.Load].Zone), w.background.request(j.Load, j.GPUs)
	j.priority = levels[w.cfg.Background[j.Load].Priority]
	if !w.cluster.CanEverFit(j.request) {
		return broken(kindJob, record.ID, "gpus", "%d never fit", j.GPUs)
	}
	a := j.allocation()
	if err := w.cluster.Hold(a); err != nil {
		return Violates(kindJob+" "+record.ID, "holds", err)
	}
	// Checked here, since a queue knows only the nodes of its zone.
	if len(j.Holds) > 0 {
		if why := (inspector{w}).holdsWrong(&j.request, a); why != "" {
			return broken(kindJob, record.ID, "holds", "%s", why)
		}
	}
	w.background.jobs[j.id] = j
	return nil
}

// event notes a pending event, which fillCalendar schedules.
func (r *restoring) event(record Record) error {
	order, err := strconv.ParseUint(record.ID, 10, 64)
	if err != nil || order < 1 || order > maxOrder {
		return errors.New("its order is no number, or too large")
	}
	var e eventRecord
	if err := recordjson.Decode(record.Data, &e); err != nil {
		return err
	}
	kind := slices.Index(eventNames[:], e.Kind)
	if kind < 0 {
		return fmt.Errorf("%q is unknown here: %w", e.Kind, ErrNewerState)
	}
	if !within(r.w.now, math.MaxInt64/2+r.w.now/2, e.At) {
		return broken(kindEvent, record.ID, "at", "it is due at %s, and now is %s", e.At, r.w.now)
	}
	r.events = append(r.events, restoredEvent{order, datedEvent{e.At, pendingEvent{eventKind(kind), e.Of}}})
	return nil
}

func (r *restoring) task(record Record) error {
	n, err := r.taskNumber(record.ID)
	if err != nil {
		return err
	}
	t := &task{number: n, id: taskID(n), environment: -1}
	if err := recordjson.Decode(record.Data, t); err != nil {
		return err
	}
	if t.Mode == Existing {
		if t.environment = r.w.catalog.EnvironmentIndex(t.Environment); t.environment < 0 {
			return broken(kindTask, n, "environment", "the scenario has no environment %q", t.Environment)
		}
	} else {
		t.Environment = ""
	}
	// Checks what the queues and the inventory rely on. The rest is checked when all records are there.
	if v := (inspector{r.w}).checkSpec(t); v != nil {
		return v
	}
	if v := (inspector{r.w}).checkStage(t); v != nil {
		return v
	}
	if err := r.w.cluster.Hold(t.allocation()); err != nil {
		return broken(kindTask, n, "holds", "%s", err.Error())
	}
	if v := (inspector{r.w}).checkHolds(t); v != nil {
		return v
	}
	r.texts.task(t)
	r.w.tasks.list[n-1] = t
	return nil
}
