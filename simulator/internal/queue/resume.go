package queue

import (
	"fmt"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Refused returns what a line that has just been started knows beside its jobs: by the first waiting job of each class
// that was refused, the shortest limit that was too long to overtake the first job.
func (q *Queue) Refused() map[int32]des.Time {
	refused := map[int32]des.Time{}
	for i := range q.lots {
		if l := &q.lots[i]; l.refused != never && len(l.jobs) > 0 {
			refused[l.jobs[0].ID] = l.refused
		}
	}
	return refused
}

// Resume makes a line that was filled again go on where a saved one was, with what Refused returned then: no job that
// waits may start until room is given back. The error names a job that does not wait.
func (q *Queue) Resume(refused map[int32]des.Time) error {
	for id, limit := range refused {
		i := q.Position(id) - 1
		if i < 0 {
			return fmt.Errorf("job %d was refused and does not wait", id)
		}
		q.lots[q.waiting[i].class].refused = limit
	}
	q.considered, q.taken = len(q.waiting), nil
	return nil
}
