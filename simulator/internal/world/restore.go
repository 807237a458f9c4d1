package world

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/recordjson"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// ErrNewerState is the error of a state that a newer version of the simulator wrote.
var ErrNewerState = errors.New("a newer version of the simulator wrote this state")

// Restore makes a world of a configuration and the whole state of a world that was made of the same configuration. It
// sorts the records by kind.
//
// The error is a *Violation, which names the first record that is wrong. A state that is accepted satisfies
// CheckInvariants, so that the world does not fail later.
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
		if err := r.checkComplete(step.kind, list); err != nil {
			return nil, err
		}
		if step.kind == kindQueue {
			if err := r.fillQueues(); err != nil {
				return nil, err
			}
			if err := r.fillCalendar(); err != nil {
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
	r.derive()
	if err := r.w.CheckInvariants(); err != nil {
		return nil, err
	}
	return r.w, nil
}

// SeedOf returns the seed of the world whose state the records are.
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

// restoring is a world of which some records have been read.
type restoring struct {
	w      *World
	byKind map[string][]Record
	events []restoredEvent // scheduled when all of them are known
	texts  sharedTexts
}

type restoredEvent struct {
	order uint64
	datedEvent
}

// Limits of what a state may say. They keep the arithmetic of time from overflowing, and memory within reason.
const (
	farthest = des.Time(220 * 365 * 24 * 3600 * 1e9)
	maxTasks = 100_000_000
	maxOrder = math.MaxUint64 / 4
	maxCount = math.MaxInt32
)

// checkComplete returns an error if a node, an environment or a zone of the configuration has no record, or has two.
func (r *restoring) checkComplete(kind string, list []Record) error {
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

// violation makes a *Violation of an error that a record has caused.
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

// begin makes the world from the record of its figures.
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
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(record.Data, &fields); err != nil {
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if string(fields[field]) == "null" {
			return &Violation{Record: kindWorld, Field: field, Rule: "it is null, which no state has"}
		}
	}
	if g.Processed > maxOrder {
		return &Violation{Record: kindWorld, Field: "processed", Rule: fmt.Sprintf("%d is more events than a world can have", g.Processed)}
	}
	if g.Version < 1 || g.Tasks < 0 || g.Tasks > maxTasks || g.Arrivals < 0 || g.Arrivals > math.MaxInt64/2 || g.Jobs < 0 ||
		g.Templates < 0 || g.Templates > maxCount ||
		g.Jobs > maxCount/2 || !within(0, farthest, g.Now) || len(g.Arrived) != len(cfg.Background) ||
		len(g.LastArrival) != len(cfg.Background) || !within(-des.Time(cfg.WarmUp), g.Now, g.LastArrival...) ||
		slices.ContainsFunc(g.Arrived, func(n int) bool { return n < 0 || n > maxCount }) {
		return errors.New("tasks, arrivals, jobs, templates, now, arrived or lastArrival: " +
			"a figure is out of its range, or there is not one for each load")
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

// within reports whether all times are between low and high, both included.
func within(low, high des.Time, times ...des.Time) bool {
	return !slices.ContainsFunc(times, func(t des.Time) bool { return t < low || t > high })
}

// taskNumber reads the ID of a record of a task. The error is that no such task was created, or that its record comes
// twice.
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

func (r *restoring) queue(record Record) error {
	zone := r.w.catalog.ZoneIndex(record.ID)
	if zone < 0 {
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
