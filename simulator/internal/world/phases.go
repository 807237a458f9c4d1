package world

import (
	"math/rand/v2"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// phases are the phases of a dynamic start-up, in their order.
var phases = []Phase{FindingNodes, AllocatingGPUs, PullingImage, MountingData, StartingContainer}

// drawPhase draws the length of the present phase of a task.
func (l *lifecycle) drawPhase(t *task) des.Time {
	return l.samplePhase(t, des.Stream(l.seed, string(t.Phase), t.id))
}

// samplePhase is like drawPhase, but draws from r.
func (l *lifecycle) samplePhase(t *task, r *rand.Rand) des.Time {
	if t.Mode == Existing {
		if t.Phase == MountingData {
			return phaseSeconds(l.cfg.Timings.ExistingMount.Draw(r))
		}
		return phaseSeconds(l.cfg.Timings.ExistingStart.Draw(r))
	}
	name := t.Resources.Image
	return l.samplePhaseOf(t, t.Phase, r, len(t.Holds), func(part int) bool {
		return l.images.has(t.Holds[part].Node, name)
	})
}

// samplePhaseOf draws the length of a phase of a dynamic start-up on a number of nodes. Those for which cached returns true
// have the image.
func (l *lifecycle) samplePhaseOf(t *task, p Phase, r *rand.Rand, nodes int, cached func(int) bool) des.Time {
	m := &l.cfg.Timings
	switch p {
	case FindingNodes:
		return phaseSeconds(m.FindNodes.Draw(r))
	case AllocatingGPUs:
		return phaseSeconds(m.AllocateGPUs.Draw(r))
	case PullingImage:
		// The nodes of a gang pull at the same time; the slowest decides.
		image := l.image(t.Resources.Image)
		longest := des.Time(0)
		for i := range nodes {
			d, rate := m.PullCached.Draw(r), m.PullRate.Draw(r)
			if !image.Missing && !cached(i) {
				d = float64(image.SizeMB) / rate
			}
			longest = max(longest, phaseSeconds(d))
		}
		return longest
	case MountingData:
		base := m.MountBase.Draw(r)
		return phaseSeconds(base) + phaseSeconds(l.datasetMB(t)/m.MountRate.Draw(r))
	}
	return phaseSeconds(m.StartContainer.Draw(r))
}

// meanPhase returns the expected length of a phase.
func (l *lifecycle) meanPhase(t *task, p Phase) des.Time {
	m := &l.cfg.Timings
	switch p {
	case FindingNodes:
		return phaseSeconds(m.FindNodes.Mean())
	case AllocatingGPUs:
		return phaseSeconds(m.AllocateGPUs.Mean())
	case PullingImage:
		image := l.image(t.Resources.Image)
		cold := len(t.Holds) == 0
		for _, a := range t.Holds {
			cold = cold || !l.images.has(a.Node, image.Name)
		}
		if cold && !image.Missing {
			return phaseSeconds(float64(image.SizeMB) / m.PullRate.Mean())
		}
		return phaseSeconds(m.PullCached.Mean())
	case MountingData:
		if t.Mode == Existing {
			return phaseSeconds(m.ExistingMount.Mean())
		}
		return phaseSeconds(m.MountBase.Mean()) + phaseSeconds(l.datasetMB(t)/m.MountRate.Mean())
	default:
		if t.Mode == Existing {
			return phaseSeconds(m.ExistingStart.Mean())
		}
		return phaseSeconds(m.StartContainer.Mean())
	}
}

// expectedRemaining returns the expected end of a start-up that has begun: the rest of the present phase and the phases to
// come, each of its mean length.
func (l *lifecycle) expectedRemaining(t *task) des.Time {
	at := l.now
	for _, p := range phases[slices.Index(phases, t.Phase):] {
		mean := l.meanPhase(t, p)
		if p == t.Phase {
			mean = max(0, t.PhaseBegan+mean-l.now)
		}
		at += mean
	}
	return at
}
