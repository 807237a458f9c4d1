package distribution_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
)

// DrawAbove is compared with drawing until a number is above.
func TestDrawAbove(t *testing.T) {
	for _, d := range []distribution.Distribution{
		{Kind: "uniform", A: 2, B: 10}, {Kind: "exponential", A: 5}, {Kind: "log-normal", A: 1, B: 0.8}, {Kind: "weibull", A: 1.5, B: 4},
		{Kind: "weibull", A: 0.7, B: 4}, {Kind: "constant", A: 3},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		for _, x := range []float64{-1, 0, 0.5, 2.5, 6, 9} {
			const draws = 5_000
			direct, rejected, n := 0.0, 0.0, 0
			for range draws {
				v := d.DrawAbove(r, x)
				if v < x {
					t.Fatalf("%v above %v gave %v", d, x, v)
				}
				direct += v / draws
			}
			for range 40 * draws {
				if v := d.Draw(r); v > x && n < draws {
					rejected += v
					n++
				}
			}
			if n < 1000 {
				if d.Kind != "constant" || math.Abs(direct-x) > 1e-9 {
					t.Errorf("%v above %v: mean %v, and hardly anything lies there", d, x, direct)
				}
				continue
			}
			if want := rejected / float64(n); math.Abs(direct-want) > 0.06*want {
				t.Errorf("%v above %v: mean %v, want %v", d, x, direct, want)
			}
		}
	}
	// So far out that no draw would ever be above.
	r := rand.New(rand.NewPCG(1, 2))
	far := distribution.Distribution{Kind: "log-normal", A: 0, B: 0.1}
	if v := far.DrawAbove(r, 50); v < 50 || v > 60 {
		t.Errorf("%v above 50 gave %v", far, v)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, d := range []distribution.Distribution{
		{Kind: "constant", A: -1}, {Kind: "uniform", A: 2, B: 1}, {Kind: "uniform", A: -1, B: 1}, {Kind: "exponential"},
		{Kind: "log-normal", B: -1}, {Kind: "weibull", B: 1}, {Kind: "weibull", A: 1}, {Kind: "normal", A: 1, B: 1}, {},
	} {
		if err := d.Validate(); err == nil {
			t.Errorf("%v is valid", d)
		}
	}
}

func TestYAML(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]distribution.Distribution{
		"constant: 2\n":                             {Kind: "constant", A: 2},
		"exponential: 300.5\n":                      {Kind: "exponential", A: 300.5},
		"uniform:\n    max: 2\n    min: 1\n":        {Kind: "uniform", A: 1, B: 2},
		"log-normal:\n    mu: -1\n    sigma: 0.5\n": {Kind: "log-normal", A: -1, B: 0.5},
		"weibull:\n    scale: 60\n    shape: 0.8\n": {Kind: "weibull", A: 0.8, B: 60},
	} {
		var d distribution.Distribution
		if err := yaml.Unmarshal([]byte(text), &d); err != nil || d != want {
			t.Errorf("%q is %v, %v, want %v", text, d, err, want)
		}
		if got, err := yaml.Marshal(d); err != nil || string(got) != text {
			t.Errorf("%v is written as %q, %v, want %q", d, got, err, text)
		}
	}
	for text, want := range map[string]string{
		"normal: 1":                      "line 1: no distribution is named \"normal\"",
		"{constant: 1, exponential: 2}":  "line 1: want one distribution",
		"- 2":                            "line 1: want one distribution",
		"constant: many":                 "line 1: constant takes a number",
		"\nuniform: 1":                   "line 2: uniform takes the numbers min and max",
		"weibull: {shape: 1}":            "line 1: weibull takes the numbers shape and scale",
		"log-normal: {mu: 1, scale: 60}": "line 1: log-normal has no sigma",
	} {
		var d distribution.Distribution
		if err := yaml.Unmarshal([]byte(text), &d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %v, error %v, want %q", text, d, err, want)
		}
	}
	if text, err := yaml.Marshal(distribution.Distribution{}); err == nil {
		t.Errorf("the zero value, which is none, is written as %q", text)
	}
}
