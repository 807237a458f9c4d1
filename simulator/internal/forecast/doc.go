// Package forecast predicts when a task would start and end and what it would cost, and suggests what would be cheaper or
// sooner. It tries instead of calculating.
//
//	Request ──▶ world.Clone ──▶ Prospect ──┬─▶ fork 1: create the task, run until it ends ──▶ outcome
//	                                       ├─▶ fork 2: the same, with other draws          ──▶ outcome
//	                                       └─▶ …                                            ──▶ outcome
//
// A fork is a copy of the world whose future is drawn anew: who else arrives, how long tasks take, which nodes fail. The
// world itself continues unaffected. Sorted, the outcomes give the median and the 90th percentile of the start and of the
// end, and the range of the cost. Behind a long queue, where a fork is slow, few forks are made: the start is taken to be
// normally distributed, and each fork ends the task several times. The forecast is calibrated either way: about nine of ten
// tasks start before the 90th percentile.
// The draws of a fork depend only on the world's seed and the number of the fork, so equal requests to equal worlds have
// equal answers.
//
// Suggestions vary one thing of the request at a time, such as the zone or the GPU type. Each is tried in one fork with the
// same draws as the one that ended in the middle of the others, so that differences come from the request and not from
// chance. Whether a preemptible task has to give way is chance: the part of all forks in which it does is its risk.
//
// The caller decides how forks are run, with Each: side by side, or one after the other.
package forecast
