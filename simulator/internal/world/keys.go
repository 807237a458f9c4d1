package world

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// keys is the part of a world that remembers idempotency keys, with what each of them created.
type keys struct {
	*core

	records   map[string]keyRecord
	order     []string // oldest first
	forgotten int      // how many keys before order[0] were forgotten
	aged      int      // how many keys, from the first that there ever was, may be forgotten; see World.AgeKeys
}

// keyRecord is what a creation with an idempotency key made: tasks or a template.
type keyRecord struct {
	Digest   []byte    `json:"digest"` // of the request
	At       des.Time  `json:"at"`
	Tasks    []Created `json:"tasks,omitempty"`
	Template *Template `json:"template,omitempty"` // as it was created
}

// digestSize is the length of a request's digest in bytes.
const digestSize = 32

// keyLife is the virtual time for which a key is remembered at least. No client retries for longer.
const keyLife = des.Time(24 * time.Hour)

func (k *keys) clone() keys {
	copied := *k
	copied.records = maps.Clone(k.records)
	copied.order = slices.Clone(k.order)
	return copied
}

// replay returns what a key created before, and nil for a new key or for none. The error is that the key came with
// another request.
func (k *keys) replay(key string, digest [digestSize]byte, template bool) (*keyRecord, *Error) {
	r, ok := k.records[key]
	if !ok || key == "" {
		return nil, nil
	}
	if !bytes.Equal(r.Digest, digest[:]) || (r.Template != nil) != template {
		return nil, r.reused()
	}
	return &r, nil
}

// remember keeps what a creation with a key made. Without a key it does nothing.
func (k *keys) remember(key string, digest [digestSize]byte, tasks []Created, template *Template) {
	if key != "" {
		k.journal.note(subject{kind: keySubject, name: key})
		k.records[key] = keyRecord{digest[:], k.now, tasks, template}
		k.order = append(k.order, key)
	}
}

// purge forgets the keys that are old in virtual time and in real time.
func (k *keys) purge() {
	for len(k.order) > 0 && k.forgotten < k.aged && k.now-k.records[k.order[0]].At >= keyLife {
		k.journal.note(subject{kind: keySubject, name: k.order[0]})
		k.forgotten++
		delete(k.records, k.order[0])
		k.order = k.order[1:]
	}
}

func (k *keys) record(key string) Record {
	r, ok := k.records[key]
	if !ok {
		return Record{Kind: kindKey, ID: key}
	}
	return record(kindKey, key, r)
}

// again returns the answer to a repeated creation of tasks.
func (r *keyRecord) again() []Created {
	if r == nil {
		return nil
	}
	all := make([]Created, len(r.Tasks))
	for i, c := range r.Tasks {
		c.Replayed = true
		all[i] = c
	}
	return all
}

// reused is the error of a key that came with another request. It names what the key created.
func (r *keyRecord) reused() *Error {
	e := &Error{Kind: Conflict, Reason: ReasonKeyReused}
	switch {
	case r.Template != nil:
		return e.with("templateId", r.Template.ID)
	case len(r.Tasks) == 1:
		return e.with("taskId", r.Tasks[0].Task)
	}
	ids := make([]string, len(r.Tasks))
	for i := range r.Tasks {
		ids[i] = r.Tasks[i].Task
	}
	return e.with("taskIds", ids)
}

// Keys returns how many idempotency keys the world has seen.
func (w *World) Keys() int { return w.keys.forgotten + len(w.keys.order) }

// AgeKeys allows the world to forget the first n keys that it has seen, each once it is a day old in virtual time too.
// The caller decides by real time: clients retry in real time, and a virtual day may pass in an instant.
func (w *World) AgeKeys(n int) {
	if n > w.keys.aged {
		w.keys.aged = n
		w.purge()
	}
}
