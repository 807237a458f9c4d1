package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/recordjson"
)

// Version is the version of the records. Newer ones are refused.
const Version = 1

// ErrNewer is returned for a history that a newer version has written.
var ErrNewer = errors.New("a newer version of the simulator wrote this history")

// Record is a part of the saved history. Nil Data removes the record.
type Record struct {
	ID   string
	Data []byte
}

// There is one record of the start of recording, one per pool, one per closed step that is not empty, and one per node
// change.
const (
	beganID    = "began"
	poolPrefix = "pool"
	nodePrefix = "node"
)

type beganRecord struct {
	Version int      `json:"version"`
	Began   des.Time `json:"began"`
	Nodes   int      `json:"nodes,omitempty"` // number of changes so far
}

type poolRecord struct {
	Pool
	At     des.Time             `json:"at"`
	Levels Levels               `json:"levels"`
	Open   [len(Windows)]Levels `json:"open"`
}

// Records returns the whole history.
func (r *Recorder) Records() []Record {
	c := r.Clone()
	c.Unsave()
	return c.Changes()
}

// Unsave makes the next call of Changes return the whole history.
func (r *Recorder) Unsave() {
	r.unsaved, r.nodes.saved = true, 0
	for i := range r.pools {
		r.pools[i].unsaved, r.pools[i].saved = true, [len(Windows)]int{}
	}
}

// Changes returns the records that have changed since the previous call. The first call returns all.
func (r *Recorder) Changes() []Record {
	var records []Record
	if l := &r.nodes; l.saved < l.made {
		r.unsaved = true
		for n := max(l.saved, l.made-len(l.ring)); n < l.made; n++ {
			records = append(records, encode(id(nodePrefix, n%MostNodeChanges), l.ring[n%MostNodeChanges]))
		}
		l.saved = l.made
	}
	if r.unsaved {
		r.unsaved = false
		records = append(records, encode(beganID, beganRecord{Version, r.began, r.nodes.made}))
	}
	for i := range r.pools {
		p := &r.pools[i]
		if !p.unsaved {
			continue
		}
		p.unsaved = false
		records = append(records, encode(id(poolPrefix, i), poolRecord{r.names[i], p.at, p.levels, p.open}))
		for w := range Windows {
			records = append(records, r.changedSteps(i, w)...)
		}
	}
	return records
}

func (r *Recorder) changedSteps(number, window int) []Record {
	var records []Record
	p, w := &r.pools[number], &Windows[window]
	end := r.step(w, p.at)
	for step := max(p.saved[window], end-w.Steps); step < end; step++ {
		stepID := id(poolPrefix, number) + "/" + id(w.Name, step%w.Steps)
		if sum := p.step(window, step); sum != (Levels{}) {
			records = append(records, encode(stepID, sum))
		} else if step >= w.Steps && p.saved[window] > 0 {
			records = append(records, Record{ID: stepID}) // replaces the record of an earlier step
		}
	}
	p.saved[window] = end
	return records
}

func id(prefix string, number int) string { return prefix + "/" + strconv.Itoa(number) }

func encode(id string, v any) Record { return Record{id, recordjson.Encode(v)} }

// Restore returns the recorder that was saved as records. The other parameters are as for New. The error names the first
// record that is wrong.
func Restore(records []Record, names []Pool, offset, now des.Time) (*Recorder, error) {
	byID := make(map[string][]byte, len(records))
	for _, record := range records {
		if _, twice := byID[record.ID]; twice {
			return nil, fmt.Errorf("%s: two records have this id; want one", record.ID)
		}
		byID[record.ID] = record.Data
	}
	take := func(id string, v any) error {
		data, ok := byID[id]
		if !ok {
			return fmt.Errorf("%s: it is missing", id)
		}
		delete(byID, id)
		if err := recordjson.Decode(data, v); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		return nil
	}
	var version struct{ Version int }
	if data := byID[beganID]; data != nil && json.Unmarshal(data, &version) == nil && version.Version > Version {
		return nil, fmt.Errorf("its version is %d: %w", version.Version, ErrNewer)
	}
	var began beganRecord
	if err := take(beganID, &began); err != nil {
		return nil, err
	}
	if began.Version < 1 || began.Began < 0 || began.Began > now || began.Nodes < 0 {
		return nil, fmt.Errorf("%s: a figure is out of its range", beganID)
	}
	r := New(names, offset, began.Began)
	r.unsaved = false
	if err := r.restoreNodes(began.Nodes, now, take); err != nil {
		return nil, err
	}
	for i := range r.pools {
		if err := r.restorePool(i, now, byID, take); err != nil {
			return nil, err
		}
	}
	if left := slices.Sorted(maps.Keys(byID)); len(left) > 0 {
		return nil, fmt.Errorf("%s: it belongs to nothing", left[0])
	}
	return r, nil
}

func (r *Recorder) restoreNodes(made int, now des.Time, take func(string, any) error) error {
	kept := min(made, MostNodeChanges)
	r.nodes = nodeLog{ring: make([]NodeChange, kept), made: made, saved: made}
	for slot := range r.nodes.ring {
		c := &r.nodes.ring[slot]
		if err := take(id(nodePrefix, slot), c); err != nil {
			return err
		}
		if c.At < 0 || c.At > now {
			return fmt.Errorf("%s: its time is out of range", id(nodePrefix, slot))
		}
		if c.Node == "" || c.State == "" {
			return fmt.Errorf("%s: it names no node, or no state", id(nodePrefix, slot))
		}
	}
	for n := made - kept + 1; n < made; n++ {
		if c, before := &r.nodes.ring[n%MostNodeChanges], &r.nodes.ring[(n-1)%MostNodeChanges]; c.At < before.At {
			return fmt.Errorf("%s: it is of a time before the change before it", id(nodePrefix, n%MostNodeChanges))
		}
	}
	return nil
}

func (r *Recorder) restorePool(number int, now des.Time, byID map[string][]byte, take func(string, any) error) error {
	var saved poolRecord
	name := id(poolPrefix, number)
	if err := take(name, &saved); err != nil {
		return err
	}
	if saved.Pool != r.names[number] {
		return fmt.Errorf("%s: it is of %s in %s, and pool %d of this scenario is %s in %s", name, saved.GPUType, saved.Zone,
			number, r.names[number].GPUType, r.names[number].Zone)
	}
	if saved.At < r.began || saved.At > now || !saved.Levels.within(mostLevel) {
		return fmt.Errorf("%s: a figure is out of its range", name)
	}
	p := &r.pools[number]
	*p = pool{at: saved.At, levels: saved.Levels, open: saved.Open}
	for i := range Windows {
		w := &Windows[i]
		most := mostLevel * int64(w.Step/1000)
		if !p.open[i].within(most) {
			return fmt.Errorf("%s: its open step of %s is out of range", name, w.Name)
		}
		p.saved[i] = r.step(w, p.at)
		for slot := range min(p.saved[i], w.Steps) {
			stepID := name + "/" + id(w.Name, slot)
			if _, ok := byID[stepID]; !ok {
				continue
			}
			var sum Levels
			if err := take(stepID, &sum); err != nil {
				return err
			}
			if !sum.within(most) {
				return fmt.Errorf("%s: it is out of range", stepID)
			}
			p.closed[i] = append(p.closed[i], make([]Levels, slot+1-len(p.closed[i]))...)
			p.closed[i][slot] = sum
		}
	}
	return nil
}

// mostLevel bounds a level, so that the sum of two integrals over an hour can't overflow.
const mostLevel = 1_000_000_000

func (l *Levels) within(most int64) bool {
	for _, v := range l {
		if v < 0 || v > most {
			return false
		}
	}
	return true
}
