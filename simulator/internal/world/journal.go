package world

import "github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"

// journal is the one place in which the parts of a world note what they change. Four readers follow it:
//
//   - changes keeps which records are out of date, for Changes,
//   - touched keeps which views may look different, for Touched,
//   - expectations compares version, to know whether what it found still holds,
//   - meter counts what is used, for a recorder of the past.
//
// A part notes a change when it hands out the thing to be changed, not after each assignment. What is noted needs not
// differ in the end; what differs must have been noted.
type journal struct {
	version uint64  // grows with each change
	quiet   bool    // nobody reads the events: a fork, or the time before the start
	events  []Event // since they were last taken

	changed *changes // nil until Track
	touched *touched // nil until Watch
	meter   *meter   // nil until Meter
}

// subject is a thing that changes.
type subject struct {
	kind subjectKind
	n    int    // number, id or index of the thing among those of its kind
	name string // of a key
}

type subjectKind uint8

// The kinds of subjects. What is saved of a node or an environment and what is shown of it change apart.
const (
	figures            subjectKind = iota // the counts and times of which a world has one each
	taskSubject                           // by number
	jobSubject                            // of the background load, by id
	keySubject                            // by name
	templateSubject                       // by number
	environmentState                      // whether it runs
	environmentService                    // how much it has served
	environmentLoad                       // the tasks in it
	nodeState                             // whether it is in service
	nodeHoldings                          // who holds its GPUs
	nodeMemory                            // its images, and the count of its outages
	zoneSubject                           // its queue
	subjectKinds       = iota
)

// note records that a subject has changed, or is about to.
func (j *journal) note(s subject) {
	j.version++
	if j.changed != nil {
		j.changed.note(s)
	}
	if j.touched != nil {
		j.touched.note(s)
	}
}

// scheduled records that an event was added to the calendar.
func (j *journal) scheduled(order uint64, at des.Time, e pendingEvent) {
	j.version++
	if j.changed != nil {
		j.changed.scheduled(order, at, e)
	}
}

// unscheduled records that an event left the calendar.
func (j *journal) unscheduled(order uint64) {
	j.version++
	if j.changed != nil {
		j.changed.unscheduled(order)
	}
}

// takeEvents returns what has happened since the last call.
func (j *journal) takeEvents() []Event {
	events := j.events
	j.events = nil
	return events
}
