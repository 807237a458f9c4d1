package distribution

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// Distribution is a distribution of non-negative numbers.
type Distribution struct {
	Kind string  // constant, uniform, exponential, log-normal or weibull
	A, B float64 // value; min and max; mean; mu and sigma; shape and scale
}

// Validate returns an error if the parameters are out of their range.
func (d Distribution) Validate() error {
	switch d.Kind {
	case "constant":
		if d.A < 0 {
			return fmt.Errorf("constant: the value %g is negative", d.A)
		}
	case "uniform":
		if d.A < 0 || d.B < d.A {
			return fmt.Errorf("uniform: want 0 ≤ min ≤ max, got %g and %g", d.A, d.B)
		}
	case "exponential":
		if d.A <= 0 {
			return fmt.Errorf("exponential: want a mean above 0, got %g", d.A)
		}
	case "log-normal":
		if d.B < 0 {
			return fmt.Errorf("log-normal: sigma %g is negative", d.B)
		}
	case "weibull":
		if d.A <= 0 || d.B <= 0 {
			return fmt.Errorf("weibull: want shape and scale above 0, got %g and %g", d.A, d.B)
		}
	default:
		return fmt.Errorf("no distribution is named %q; there are constant, uniform, exponential, log-normal and weibull", d.Kind)
	}
	return nil
}

// Draw returns a number drawn from r.
func (d Distribution) Draw(r *rand.Rand) float64 {
	switch d.Kind {
	case "uniform":
		return distuv.Uniform{Min: d.A, Max: d.B, Src: r}.Rand()
	case "exponential":
		return distuv.Exponential{Rate: 1 / d.A, Src: r}.Rand()
	case "log-normal":
		return distuv.LogNormal{Mu: d.A, Sigma: d.B, Src: r}.Rand()
	case "weibull":
		return distuv.Weibull{K: d.A, Lambda: d.B, Src: r}.Rand()
	}
	return d.A
}

// DrawAbove returns a number above x drawn from r. It inverts the survival function, which is exact for any x; drawing until
// a number is above x would not end for a large one. It returns x if the distribution has nothing above x.
func (d Distribution) DrawAbove(r *rand.Rand, x float64) float64 {
	if x <= 0 {
		return d.Draw(r)
	}
	switch d.Kind {
	case "uniform":
		return x + max(0, d.B-max(x, d.A))*r.Float64() + max(0, d.A-x)
	case "exponential":
		return x + d.A*r.ExpFloat64() // the distribution has no memory
	case "log-normal":
		if d.B == 0 {
			return max(x, math.Exp(d.A))
		}
		z := (math.Log(x) - d.A) / d.B
		if z < 30 {
			// The survival function of a normal is erfc(z/√2)/2.
			z = math.Sqrt2 * math.Erfcinv(math.Erfc(z/math.Sqrt2)*(1-r.Float64()))
		} else {
			z = math.Sqrt(z*z + 2*r.ExpFloat64()) // its limit, where the survival function underflows
		}
		return max(x, math.Exp(d.A+d.B*z))
	case "weibull":
		return d.B * math.Pow(math.Pow(x/d.B, d.A)+r.ExpFloat64(), 1/d.A)
	}
	return max(x, d.A)
}

// Mean returns the expected value.
func (d Distribution) Mean() float64 {
	switch d.Kind {
	case "uniform":
		return distuv.Uniform{Min: d.A, Max: d.B}.Mean()
	case "log-normal":
		return distuv.LogNormal{Mu: d.A, Sigma: d.B}.Mean()
	case "weibull":
		return distuv.Weibull{K: d.A, Lambda: d.B}.Mean()
	}
	return d.A
}
