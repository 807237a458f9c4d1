package engine_test

import (
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
)

// A paused clock knows the mode to go on with, through a restart too.
func TestModeToGoOnWith(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		first engine.Mode
		then  []engine.Mode
		want  engine.Mode
	}{
		{engine.Auto, nil, engine.Auto},
		{engine.Auto, []engine.Mode{engine.Manual}, engine.Auto},
		{engine.Auto, []engine.Mode{engine.Manual, engine.Manual}, engine.Auto},
		{engine.Auto, []engine.Mode{engine.Manual, engine.Realtime}, engine.Realtime},
		{engine.Realtime, []engine.Mode{engine.Manual}, engine.Realtime},
		{engine.Manual, nil, engine.Realtime},
		{engine.Manual, []engine.Mode{engine.Auto, engine.Manual}, engine.Auto},
	} {
		d := &disk{}
		e := newEngine(t, engine.Options{NewMode: c.first, Store: d})
		for _, m := range c.then {
			if _, err := e.SetClock(m, 0); err != nil {
				t.Fatal(err)
			}
		}
		settle(t, e)
		again := newEngine(t, engine.Options{Store: d, Saved: d.saved()})
		for what, e := range map[string]*engine.Engine{"at once": e, "after a restart": again} {
			if got := e.Clock().Moving; got != c.want {
				t.Errorf("%s, then %s: %s it is %s, want %s", c.first, c.then, what, got, c.want)
			}
		}
	}
}
