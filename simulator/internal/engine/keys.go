package engine

import "time"

// keyLife is the minimum time, in real time, for which an idempotency key is remembered.
const keyLife = 24 * time.Hour

// keyStep is the resolution of the keys' real age.
const keyStep = time.Minute

// keyAges is the age of a world's idempotency keys in real time, with an entry for each step that had new keys. A new process counts from
// 0 again, so a restart can only make keys live longer.
type keyAges []keyAge

type keyAge struct {
	until time.Time // the keys are no newer than this
	keys  int       // how many keys the world had seen by then
}

// ageKeys notes how many keys the world has seen by now, and lets it forget those that are a day old.
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
