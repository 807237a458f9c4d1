package world

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/recordjson"
)

// ErrNewerState is the state of a newer version of the simulator.
var ErrNewerState = errors.New("a newer version of the simulator wrote this state")

// Restore makes a world of the configuration and the whole state of one that was made of the same configuration. The
// error is a *Violation, which names the first record that makes no sense; a state that is accepted never makes a world
// fail later. It puts the records in the order of their kinds.
func Restore(cfg *Config, records []Record) (*World, error) {
	slices.SortStableFunc(records, func(a, b Record) int { return strings.Compare(a.Kind, b.Kind) })
	r := restoring{byKind: map[string][]Record{}, texts: sharedTexts{}}
	for len(records) > 0 {
		kind, n := records[0].Kind, 1
		for n < len(records) && records[n].Kind == kind {
			n++
		}
		r.byKind[kind], records = records[:n], records[n:]
	}
	for _, step := range []struct {
		kind string
		do   func(Record) error
	}{
		{kindWorld, func(record Record) error { return r.begin(cfg, record) }},
		{kindNode, r.node}, {kindEnvironment, r.environment}, {kindTask, r.task}, {kindPurged, r.purged},
		{kindJob, r.job}, {kindTemplate, r.template}, {kindKey, r.key}, {kindEvent, r.event}, {kindQueue, r.queue},
	} {
		list := r.byKind[step.kind]
		if step.kind == kindWorld && len(list) != 1 {
			return nil, &Violation{Record: kindWorld, Rule: fmt.Sprintf("there are %d records of it; want one", len(list))}
		}
		if err := r.all(step.kind, list); err != nil {
			return nil, err
		}
		if step.kind == kindQueue {
			if err := r.fillQueues(); err != nil {
				return nil, err
			}
		}
		for _, record := range list {
			if err := step.do(record); err != nil {
				return nil, violation(record, err)
			}
		}
		delete(r.byKind, step.kind)
	}
	if kinds := slices.Sorted(maps.Keys(r.byKind)); len(kinds) > 0 {
		kind := kinds[0]
		return nil, violation(Record{Kind: kind}, fmt.Errorf("the kind is unknown here: %w", ErrNewerState))
	}
	r.complete()
	if err := r.w.CheckInvariants(); err != nil {
		return nil, err
	}
	return r.w, nil
}

// all returns an error if a part of the scenario has no record, or has two.
func (r *restoring) all(kind string, list []Record) error {
	var ids []string
	switch kind {
	case kindNode:
		for i := range r.w.outages.list {
			ids = append(ids, r.w.cluster.Node(i).Name)
		}
	case kindEnvironment:
		for i := range r.w.cfg.Environments {
			ids = append(ids, r.w.cfg.Environments[i].ID)
		}
	case kindQueue:
		for i := range r.w.cfg.Zones {
			ids = append(ids, r.w.cfg.Zones[i].ID)
		}
	default:
		return nil
	}
	count := make(map[string]int, len(list))
	for i := range list {
		count[list[i].ID]++
	}
	for _, id := range ids {
		if n := count[id]; n != 1 {
			return broken(kind, id, "", "there are %d records of it; want one", n)
		}
	}
	return nil
}

// violation says that a record is the reason of an error.
func violation(record Record, err error) error {
	var v *Violation
	if errors.As(err, &v) {
		return v
	}
	field := ""
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		field = wrongType.Field
	}
	return Violates(strings.TrimSpace(record.Kind+" "+record.ID), field, err)
}

// SeedOf returns the seed of the world that the records are the state of.
func SeedOf(records []Record) (uint64, error) {
	for _, r := range records {
		if r.Kind == kindWorld {
			var g struct{ Seed uint64 }
			err := json.Unmarshal(r.Data, &g)
			return g.Seed, err
		}
	}
	return 0, errors.New("there is no record of kind world")
}

// restoring is a world on its way back, and what is checked when all of it is there.
type restoring struct {
	w      *World
	byKind map[string][]Record
	events []restoredEvent
	texts  sharedTexts
}

type restoredEvent struct {
	order uint64
	datedEvent
}

// Limits of what a state may say: they keep the arithmetic of time from overflowing, and memory within reason.
const (
	farthest    = des.Time(220 * 365 * 24 * 3600 * 1e9)
	mostTasks   = 100_000_000
	mostOfOrder = math.MaxUint64 / 4
	mostOfCount = math.MaxInt32
)

func (r *restoring) begin(cfg *Config, record Record) error {
	var version struct{ Version int }
	if err := json.Unmarshal(record.Data, &version); err != nil {
		return err
	}
	if version.Version > StateVersion {
		return fmt.Errorf("its version is %d and this simulator knows versions up to %d: %w", version.Version, StateVersion, ErrNewerState)
	}
	var g figuresRecord
	if err := recordjson.Decode(record.Data, &g); err != nil {
		return err
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(record.Data, &given); err != nil {
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(given)) {
		if string(given[field]) == "null" {
			return &Violation{Record: kindWorld, Field: field, Rule: "it is null, which no state has"}
		}
	}
	if g.Processed > mostOfOrder {
		return &Violation{Record: kindWorld, Field: "processed", Rule: fmt.Sprintf("%d is more events than a world can have", g.Processed)}
	}
	if g.Version < 1 || g.Tasks < 0 || g.Tasks > mostTasks || g.Arrivals < 0 || g.Arrivals > math.MaxInt64/2 || g.Jobs < 0 ||
		g.Templates < 0 || g.Templates > mostOfCount ||
		g.Jobs > mostOfCount/2 || !within(0, farthest, g.Now) || len(g.Arrived) != len(cfg.Background) ||
		len(g.LastArrival) != len(cfg.Background) || !within(-des.Time(cfg.WarmUp), g.Now, g.LastArrival...) ||
		slices.ContainsFunc(g.Arrived, func(n int) bool { return n < 0 || n > mostOfCount }) {
		return errors.New("tasks, arrivals, jobs, templates, now, arrived or lastArrival: a figure is out of its range, or there is not one for each load")
	}
	w, err := empty(cfg, g.Seed)
	if err != nil {
		return err
	}
	if err := w.queues.placements.UnmarshalBinary(g.Placements); err != nil {
		return err
	}
	w.now, w.processed, w.queues.arrivals = g.Now, g.Processed, g.Arrivals
	w.tasks.list, w.tasks.purged = make([]*task, g.Tasks), make([]uint8, g.Tasks)
	w.background.made, w.templates.made = g.Jobs, g.Templates
	copy(w.background.arrived, g.Arrived)
	copy(w.background.last, g.LastArrival)
	r.w = w
	return nil
}

func within(low, high des.Time, times ...des.Time) bool {
	return !slices.ContainsFunc(times, func(t des.Time) bool { return t < low || t > high })
}

// taskNumber reads the ID of a record of a task, and reports a number that was never given, or given twice.
func (r *restoring) taskNumber(id string) (int32, error) {
	n, err := strconv.ParseInt(id, 10, 32)
	if err != nil || n < 1 || int(n) > len(r.w.tasks.list) || number(int32(n)) != id {
		return 0, fmt.Errorf("only 1 to %d were created", len(r.w.tasks.list))
	}
	if r.w.tasks.list[n-1] != nil || r.w.tasks.purged[n-1] != 0 {
		return 0, errors.New("it comes twice")
	}
	return int32(n), nil
}

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
	if !ok || !known || n.Events < 0 || n.Events > mostOfCount {
		return broken(kindNode, record.ID, "state", "%q, by %q, with %d events: want up, draining or failed, and a count", n.State, n.By, n.Events)
	}
	if !within(-des.Time(w.cfg.WarmUp), w.now, n.Since) {
		return fmt.Errorf("%s since %s, which is not between the start and now, %s", n.State, n.Since.Duration(), w.now.Duration())
	}
	for _, image := range n.Cache {
		if image.SizeMB < 0 || image.SizeMB > mostOfCount {
			return fmt.Errorf("image %s has %d MB", image.Name, image.SizeMB)
		}
	}
	w.cluster.SetState(i, state)
	w.outages.list[i], w.images.list[i] = n.nodeOutage, n.Cache
	return nil
}

func stateOf(name string) (cluster.State, bool) {
	for _, s := range []cluster.State{cluster.Up, cluster.Draining, cluster.Failed} {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

func (r *restoring) environment(record Record) error {
	i := r.w.environmentIndex(record.ID)
	if i < 0 {
		return errors.New("the scenario has no such environment")
	}
	var e environment
	if err := recordjson.Decode(record.Data, &e); err != nil {
		return err
	}
	if !within(-farthest, r.w.now, e.Since) || !within(0, farthest, e.Service) || !within(0, r.w.now, e.Last) {
		return broken(kindEnvironment, record.ID, "since", "since %s, service %s, last %s: a time is out of its range", e.Since, e.Service, e.Last)
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
		return fmt.Errorf("%q is no end", status)
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
	if record.ID == "" || twice || len(k.Digest) != digestSize || (len(k.Tasks) == 0) != (k.Template != nil) || !within(0, r.w.now, k.At) {
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
	if !within(0, r.w.now, t.Created, t.Updated) || t.Revision < 1 || t.Revision > mostOfCount {
		return broken(kindTemplate, t.ID, "revision", "created %s, updated %s, revision %d: one is out of its range", t.Created, t.Updated, t.Revision)
	}
	return nil
}

func known(s Status) bool {
	return s.Finished() || s == Queued || s == Allocating || s == Starting || s == Running
}

func (r *restoring) job(record Record) error {
	w := r.w
	id, err := strconv.ParseInt(record.ID, 10, 32)
	if err != nil || id >= 0 || -id > int64(w.background.made) || number(int32(id)) != record.ID || w.background.jobs[int32(id)] != nil {
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
	j.zone, j.request = w.zones[w.cfg.Background[j.Load].Zone], w.background.request(j.Load, j.GPUs)
	if !w.cluster.CanEverFit(j.request) {
		return broken(kindJob, record.ID, "gpus", "%d never fit", j.GPUs)
	}
	a := j.allocation()
	if err := w.cluster.Hold(a); err != nil {
		return Violates(kindJob+" "+record.ID, "holds", err)
	}
	// A queue knows the nodes of its zone only.
	if len(j.Holds) > 0 {
		if why := (inspector{w}).holdsWrong(&j.request, a); why != "" {
			return broken(kindJob, record.ID, "holds", "%s", why)
		}
	}
	w.background.jobs[j.id] = j
	return nil
}

// event notes a pending event. They can only be scheduled when all of them are known.
func (r *restoring) event(record Record) error {
	order, err := strconv.ParseUint(record.ID, 10, 64)
	if err != nil || order < 1 || order > mostOfOrder {
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

// line fills the queues and the calendar with what has been read.
func (r *restoring) fillQueues() error {
	w := r.w
	for i := range w.outages.list {
		if w.cluster.State(i) != cluster.Up {
			w.outages.tellQueue(i)
		}
	}
	jobs := r.jobs()
	for _, j := range jobs {
		zone := w.queues.list[w.zones[j.Request.Zone]]
		if len(j.holds.Parts) > 0 {
			zone.Running(j.ID, j.holds, j.began+j.Limit)
		} else {
			zone.Push(j.Job)
		}
	}
	for _, zone := range w.queues.list {
		if err := zone.Resume(nil); err != nil {
			return err
		}
	}
	slices.SortFunc(r.events, func(a, b restoredEvent) int { return cmp.Compare(a.order, b.order) })
	for i := range r.events {
		e := &r.events[i]
		if i > 0 && e.order == r.events[i-1].order {
			return broken(kindEvent, e.order, "", "it comes twice")
		}
		if err := r.attach(e, w.calendar.Restore(e.at, e.order, e.pendingEvent)); err != nil {
			return Violates("event "+strconv.FormatUint(e.order, 10), "of", fmt.Errorf("%s of %d: %w", eventNames[e.kind], e.id, err))
		}
	}
	return nil
}

func (r *restoring) queue(record Record) error {
	zone, ok := r.w.zones[record.ID]
	if !ok {
		return errors.New("the scenario has no such zone")
	}
	var q queueRecord
	if err := recordjson.Decode(record.Data, &q); err != nil {
		return err
	}
	if err := r.w.queues.list[zone].Resume(q.Refused); err != nil {
		return Violates(kindQueue+" "+record.ID, "refused", err)
	}
	return nil
}
