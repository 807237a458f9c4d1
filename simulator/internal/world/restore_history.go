package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// savedHistory is a task's history in a record. An event takes far more memory than {} does in a record, so each is checked before
// the next is read. Whether they fit together is checked later.
type taskHistory []Event

// ofTasks are the events that a task's history has.
var taskEvents = []EventType{TaskCreated, TaskQueued, TaskPlaced, TaskPhase, TaskStatus, TaskUpdated, TaskRestarted}

// UnmarshalJSON implements json.Unmarshaler.
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
			return fmt.Errorf("history: event %d is %q of task %q: no task has such a one", len(*h)+1, e.Type, e.Task)
		}
		*h = append(*h, e)
	}
	*h = slices.Clip(slices.Clone(*h)) // without the room that it grew into
	return nil
}

// once maps each text to the one copy of it that all records share.
type sharedTexts map[string]string

func share[T ~string](o sharedTexts, texts ...*T) {
	for _, text := range texts {
		if *text == "" {
			continue
		}
		s, ok := o[string(*text)]
		if !ok {
			s = string(*text)
			o[s] = s
		}
		*text = T(s)
	}
}

func (o sharedTexts) all(list []string) {
	for i := range list {
		share(o, &list[i])
	}
}

// task replaces a task's texts by shared copies, which saves two fifths of its memory.
func (o sharedTexts) task(t *task) {
	share(o, &t.DatasetID, &t.DatasetVersionID, &t.ModelID, &t.Environment)
	share(o, &t.Reason)
	share(o, &t.LaunchMode, &t.Mode)
	share(o, &t.Status)
	share(o, &t.Phase)
	if r := t.Resources; r != nil {
		share(o, &r.Zone, &r.GPUType, &r.Image)
	}
	o.all(t.Nodes)
	for i := range t.History {
		e := &t.History[i]
		share(o, &e.Type)
		share(o, &e.Mode)
		share(o, &e.Status)
		share(o, &e.Phase)
		share(o, &e.Zone, &e.Environment, &e.Node)
		share(o, &e.Reason)
		o.all(e.Nodes)
		o.all(e.Verdicts)
		if e.Task == t.id {
			e.Task = t.id
		}
	}
}
