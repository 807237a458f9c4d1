package engine

import "time"

// keyLife is how long, in real time, an idempotency key is remembered at least.
const keyLife = 24 * time.Hour

// keyStep is how exactly the real age of keys is known.
const keyStep = time.Minute

// keyAges says how old a world's idempotency keys are in real time, with an entry for each step that had new ones. A new
// process counts from 0 again, so a restart can only make keys live longer.
type keyAges []keyAge

type keyAge struct {
	until time.Time // the real time at which the last of them was no older than this
	keys  int       // that the world had seen by then
}

// ageKeys notes how many keys the world has seen by now, and lets it forget those of a day ago.
func (e *Engine) ageKeys() {
	now, keys := e.options.Wall(), e.world.Keys()
	aged := 0
	for len(e.keys) > 0 && now.Sub(e.keys[0].until) >= keyLife {
		aged = e.keys[0].keys
		e.keys = e.keys[1:]
	}
	e.world.AgeKeys(aged)
	switch last := len(e.keys) - 1; {
	case keys == 0 || last >= 0 && e.keys[last].keys == keys || last < 0 && keys == aged:
	case last >= 0 && now.Before(e.keys[last].until):
		e.keys[last].keys = keys
	default:
		e.keys = append(e.keys, keyAge{now.Add(keyStep), keys})
	}
}
