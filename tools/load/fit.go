package main

import "math"

type point struct{ x, y float64 }

// line is the straight line nearest to some points, by least squares.
type line struct {
	mean  float64 // of y
	slope float64
	err   float64 // the slope's standard error
}

// fit needs three points or more, at different x.
func fit(points []point) line {
	n := float64(len(points))
	var x, y float64
	for _, p := range points {
		x += p.x / n
		y += p.y / n
	}
	var xx, xy, yy float64
	for _, p := range points {
		xx += (p.x - x) * (p.x - x)
		xy += (p.x - x) * (p.y - y)
		yy += (p.y - y) * (p.y - y)
	}
	slope := xy / xx
	return line{y, slope, math.Sqrt(max(0, yy-slope*xy) / (n - 2) / xx)}
}
