// Package des is the core of a discrete-event simulation: virtual time, a calendar of pending events, and random streams.
// It does not know what the events mean.
//
// Time is virtual. It advances only when a simulation takes the next event from its Calendar and sets its clock to the
// time of that event, so an hour without events takes no longer than a second without events:
//
//	Schedule(at, event) ──▶ Calendar ──Pop──▶ (at, event) ──▶ the simulation handles it at time at,
//	                           ▲                              and may schedule or cancel others
//	                           └──────────────────────────────────┘
//
// A run is reproducible. Events for the same time are returned in the order in which they were scheduled, and every random
// draw comes from a Stream that is determined by the world's seed, a purpose and an id. Adding a task to a scenario
// therefore never changes what is drawn for another one. Clone and All copy and save a calendar; the copy continues
// exactly as the original would.
package des
