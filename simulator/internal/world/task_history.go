package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// taskHistory is what has happened to a task, the oldest first.
type taskHistory []Event

// taskEvents are the types of events in a task's history.
var taskEvents = []EventType{TaskCreated, TaskQueued, TaskPlaced, TaskPhase, TaskStatus, TaskUpdated, TaskRestarted}

// UnmarshalJSON implements json.Unmarshaler. It checks each event before it reads the next, since an event takes far more
// memory than {} takes in a record. Whether the events fit together is checked later.
func (h *taskHistory) UnmarshalJSON(data []byte) error {
	*h = nil
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	opening, err := d.Token()
	if err != nil || opening == nil {
		return err
	}
	if opening != json.Delim('[') {
		return errors.New("history: want a list of events")
	}
	for d.More() {
		var e Event
		if err := d.Decode(&e); err != nil {
			return err
		}
		if !slices.Contains(taskEvents, e.Type) || e.Task == "" {
			return fmt.Errorf("history: event %d is %q of task %q; it must be of a task, and one of %s",
				len(*h)+1, e.Type, e.Task, taskEvents)
		}
		*h = append(*h, e)
	}
	*h = slices.Clip(slices.Clone(*h)) // without spare capacity
	return nil
}
