package cluster

import (
	"fmt"
	"math/bits"
)

// node is the free capacity of a machine and its state.
type node struct {
	cpu, mem int64
	left     int32  // sum of free, in milli
	whole    uint16 // bit g: GPU g is wholly free
	typ      uint8
	gpus     uint8
	state    State
	free     [MaxGPUs]int16    // by GPU, in milli
	kinds    [kindCount]uint16 // number of parts held, by kind
}

// The kind of a part is its number of whole GPUs, or share for a part of one GPU.
const (
	share     = 0
	kindCount = MaxGPUs + 1
)

func kind(gpus int, milli int32) int {
	if milli < WholeGPU {
		return share
	}
	return gpus
}

func emptyNode(d Node, typ uint8) node {
	n := node{cpu: d.CPUMilli, mem: d.MemoryMiB, typ: typ, gpus: uint8(d.GPUs), left: int32(d.GPUs) * WholeGPU}
	n.whole = uint16(1<<d.GPUs - 1)
	for g := range d.GPUs {
		n.free[g] = WholeGPU
	}
	return n
}

// fits reports whether the shape can be placed on the node now.
func (n *node) fits(s *shape) bool {
	return n.state == Up && n.cpu >= s.cpu && n.mem >= s.mem &&
		(s.gpus == 0 || s.types>>n.typ&1 == 1 && n.fitting(s.milli) >= int(s.gpus))
}

// fitting returns the number of GPUs that have at least milli free.
func (n *node) fitting(milli int32) int {
	if milli == WholeGPU {
		return bits.OnesCount16(n.whole)
	}
	if n.left < milli {
		return 0
	}
	k := 0
	for g := range n.gpus {
		if int32(n.free[g]) >= milli {
			k++
		}
	}
	return k
}

// tightest returns the GPUs to allocate to the shape, which must fit: those with the least free capacity that is enough;
// of equal ones, the lowest indices.
func (n *node) tightest(s *shape) uint16 {
	var mask uint16
	if s.milli == WholeGPU {
		for w := n.whole; bits.OnesCount16(mask) < int(s.gpus); w &= w - 1 {
			mask |= w & -w
		}
		return mask
	}
	for range s.gpus {
		best := -1
		for g := range int(n.gpus) {
			if mask>>g&1 == 0 && int32(n.free[g]) >= s.milli && (best < 0 || n.free[g] < n.free[best]) {
				best = g
			}
		}
		mask |= 1 << best
	}
	return mask
}

// check returns an error if the node's free capacity is less than the part. It ignores the node's state.
func (n *node) check(p *Part) error {
	switch {
	case p.CPUMilli < 0 || p.MemoryMiB < 0 || p.Milli < 0 || p.Milli > WholeGPU || (p.GPUs == 0) != (p.Milli == 0):
		return fmt.Errorf("malformed part %+v", *p)
	case p.CPUMilli > n.cpu:
		return fmt.Errorf("%d CPU-milli asked, %d free", p.CPUMilli, n.cpu)
	case p.MemoryMiB > n.mem:
		return fmt.Errorf("%d MiB asked, %d free", p.MemoryMiB, n.mem)
	case int(p.GPUs)>>n.gpus != 0:
		return fmt.Errorf("GPUs %#x asked, there are %d", p.GPUs, n.gpus)
	}
	for m := p.GPUs; m != 0; m &= m - 1 {
		if g := bits.TrailingZeros16(m); int32(n.free[g]) < p.Milli {
			return fmt.Errorf("%d milli of GPU %d asked, %d free", p.Milli, g, n.free[g])
		}
	}
	return nil
}

// overflows reports whether one of the GPUs has more than a whole GPU free, which means that something was released that
// was not held.
func (n *node) overflows(gpus uint16) bool {
	for m := gpus; m != 0; m &= m - 1 {
		if n.free[bits.TrailingZeros16(m)] > WholeGPU {
			return true
		}
	}
	return false
}

// apply allocates the part. With sign -1 it releases it.
func (n *node) apply(p *Part, sign int) {
	n.cpu -= int64(sign) * p.CPUMilli
	n.mem -= int64(sign) * p.MemoryMiB
	if p.GPUs == 0 {
		return
	}
	d := int16(sign) * int16(p.Milli)
	for m := p.GPUs; m != 0; m &= m - 1 {
		g := bits.TrailingZeros16(m)
		n.free[g] -= d
		n.left -= int32(d)
		n.whole &^= 1 << g
		if n.free[g] == WholeGPU {
			n.whole |= 1 << g
		}
	}
	n.kinds[kind(bits.OnesCount16(p.GPUs), p.Milli)] += uint16(sign)
}
