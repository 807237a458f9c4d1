package world

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

// Verdict is one of the reasons why a task waits: the cluster's verdict on a class of nodes or, if Behind is set, whom the task
// waits behind.
type Verdict struct {
	cluster.Verdict
	Behind *Behind `json:"behind,omitempty"`
}

// Behind is whom a task waits behind, although there is room for it.
type Behind struct {
	Task string `json:"task,omitempty"` // id of the first; "" for a job of other users
	More int    `json:"more,omitempty"` // how many others there are
}

// String returns the verdict for scripts and logs, for example "2 nodes: draining" or "behind task-003 and 12 more".
func (v Verdict) String() string {
	if v.Behind == nil {
		return v.Verdict.String()
	}
	text := "behind " + cmp.Or(v.Behind.Task, otherUsers)
	if v.Behind.More > 0 {
		text += fmt.Sprintf(" and %d more", v.Behind.More)
	}
	return text
}

// otherUsers stands for a job that is no task.
const otherUsers = "a job of other users"

// check returns an error if the verdict says nothing.
func (v Verdict) check() error {
	switch {
	case v.Behind == nil && v.Reason.Valid() && min(v.Nodes, v.Free, v.Total, v.Milli) >= 0:
	case v.Behind != nil && v.Behind.More >= 0 && v.Verdict == cluster.Verdict{}:
	default:
		return fmt.Errorf("history.verdicts: %.200q is no reason why a task waits", v)
	}
	return nil
}

// Verdicts are all reasons why a task waits.
type Verdicts []Verdict

// UnmarshalJSON implements json.Unmarshaler. States of version 1 have the English texts of verdicts. It checks each verdict before
// it reads the next, since a verdict takes far more memory than {} takes in a record.
func (v *Verdicts) UnmarshalJSON(data []byte) error {
	*v = nil
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	opening, err := d.Token()
	if err != nil || opening == nil {
		return err
	}
	if opening != json.Delim('[') {
		return errors.New("history.verdicts: want a list of verdicts")
	}
	texts := bytes.HasPrefix(bytes.TrimLeft(data[1:], " \t\r\n"), []byte(`"`))
	for d.More() {
		var one Verdict
		var text string
		if texts {
			if err = d.Decode(&text); err == nil {
				one, err = parseVerdict(text)
			}
		} else if err = d.Decode(&one); err == nil {
			err = one.check()
		}
		if err != nil {
			return err
		}
		*v = append(*v, one)
	}
	*v = slices.Clip(slices.Clone(*v)) // without spare capacity
	return nil
}
