// Package distribution provides the probability distributions of non-negative numbers that a simulation draws from: how
// long something takes, how fast it goes, when the next job arrives.
//
// A Distribution is a value: its kind and up to two parameters. In YAML it is a map with one key, its kind:
//
//	constant: 2                         always 2
//	uniform: {min: 1, max: 2}           any number from 1 to 2, all equally likely
//	exponential: 300                    by its mean: the time between events that are independent of each other
//	log-normal: {mu: 7.5, sigma: 1}     its logarithm is normal: most are short, a few are very long
//	weibull: {shape: 0.8, scale: 60}    with a shape below 1, the longer something has lasted, the longer it will
//
// Draw draws a number. DrawAbove draws one under the condition that it is above another: the whole length of something that
// has lasted for a while already. Both take the source of randomness, so that the caller decides what a draw depends on.
package distribution
