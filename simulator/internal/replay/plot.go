package replay

import (
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

const (
	plotWidth  = 18 * vg.Centimeter
	plotHeight = 11 * vg.Centimeter
)

// Plot writes an SVG of the curves of arrival-only runs, averaged over the seeds. For each policy it shows what is
// allocated and, dashed, what is fragmented, by arrived demand.
func Plot(w io.Writer, results []Result) error {
	p := newPlot("GPU demand arrived, % of capacity", "% of capacity")
	for i, s := range Summarize(results) {
		allocated, fragmented := make(plotter.XYs, len(s.Curve)), make(plotter.XYs, len(s.Curve))
		for k, point := range s.Curve {
			allocated[k] = plotter.XY{X: float64(point.Arrived), Y: point.Allocated.Mean}
			fragmented[k] = plotter.XY{X: float64(point.Arrived), Y: point.Fragmented.Mean}
		}
		if err := addLine(p, allocated, i, s.name()+", allocated", false); err != nil {
			return err
		}
		if err := addLine(p, fragmented, i, s.name()+", fragmented", true); err != nil {
			return err
		}
	}
	return writeSVG(w, p)
}

// PlotTimed writes an SVG of the utilisation of timed runs over time.
func PlotTimed(w io.Writer, results []TimedResult) error {
	p := newPlot("days since the first arrival", "GPUs held, % of capacity")
	for i, r := range results {
		points := make(plotter.XYs, len(r.Series))
		for k, s := range r.Series {
			points[k] = plotter.XY{X: s.Seconds / 86400, Y: s.Utilization}
		}
		if err := addLine(p, points, i, named(r.List, r.Policy)+", "+r.Queue, false); err != nil {
			return err
		}
	}
	return writeSVG(w, p)
}

func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.Y.Min, p.Y.Max = 0, 100
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	return p
}

func addLine(p *plot.Plot, points plotter.XYs, color int, name string, dashed bool) error {
	if len(points) == 0 {
		return nil // a line of no points is an error to the plotter
	} // the plotter rejects lines without points
	line, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	line.Color = plotutil.Color(color)
	if dashed {
		line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
	}
	p.Add(line)
	p.Legend.Add(name, line)
	return nil
}

func writeSVG(w io.Writer, p *plot.Plot) error {
	canvas := vgsvg.New(plotWidth, plotHeight)
	p.Draw(draw.New(canvas))
	_, err := canvas.WriteTo(w)
	return err
}
