package queue

import (
	"fmt"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
)

// Refused returns what a line that has just been started knows beside its jobs: by the first waiting job of each class
// that was refused, the shortest limit that was too long to overtake the first job.
func (q *Queue) Refused() map[int32]des.Time {
	refused := map[int32]des.Time{}
	seen := make([]bool, len(q.refused))
	for _, e := range q.waiting {
		if limit := q.refused[e.class]; limit != never && !seen[e.class] {
			refused[e.ID] = limit
			seen[e.class] = true
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
		q.refused[q.waiting[i].class] = limit
	}
	q.considered = len(q.waiting)
	return nil
}
