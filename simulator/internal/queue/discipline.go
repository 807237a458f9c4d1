package queue

import (
	"cmp"
	"fmt"
	"strings"
)

// Discipline is the order in which waiting jobs start, and the rule by which later ones may overtake. Disciplines are
// comparable values without state.
type Discipline interface {
	// Name returns the discipline's name, such as fifo.
	Name() string

	// compare is negative if a stands before b in the queue.
	compare(a, b *entry) int

	// compareInGroup is negative if a is examined before b. It orders jobs with equal requests.
	compareInGroup(a, b *entry) int

	// reserves reports whether heads have reservations. If so, the queue keeps track of what running jobs hold.
	reserves() bool

	// start starts all jobs that may start.
	start(q *Queue, r *round)
}

// The disciplines. Each orders jobs of equal priority; those of a higher one come first.
var (
	// FIFO starts jobs in the order of arrival.
	FIFO Discipline = fifo{}
	// EASY is FIFO with backfill, in the order of arrival. See Lifka, "The ANL/IBM SP Scheduling System", 1995.
	EASY Discipline = easy{}
	// SJF starts the job with the shortest limit first, and among equals the first that came.
	SJF Discipline = sjf{}
)

// Disciplines returns all disciplines that a scenario can name.
func Disciplines() []Discipline { return []Discipline{FIFO, EASY, SJF} }

// DisciplineByName returns a discipline. The error lists the names.
func DisciplineByName(name string) (Discipline, error) {
	var names []string
	for _, d := range Disciplines() {
		if d.Name() == name {
			return d, nil
		}
		names = append(names, d.Name())
	}
	last := len(names) - 1
	return nil, fmt.Errorf("no queue discipline is named %q; there are %s and %s", name, strings.Join(names[:last], ", "), names[last])
}

func compareArrival(a, b *entry) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Arrival, b.Arrival))
}

func compareLimit(a, b *entry) int {
	return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Arrival, b.Arrival))
}
