// Package world simulates a GPU training cluster as one state machine: commands go in, events come out.
//
// # The model
//
// A [World] is the cluster at one instant of virtual time. It has nodes with GPUs in zones, development environments, and
// tasks. A dynamic task asks for GPUs in a zone: it waits in the zone's queue until a node, or a gang of nodes, is free. An
// existing task runs in an environment that is there already, and shares it with the other tasks in it. The background
// load of other users competes for the same GPUs.
//
// The world changes in two ways:
//
//   - [World.Step] carries out a [Command] of a client or an operator, now. A command that is refused returns an [*Error]
//     and changes nothing.
//   - [World.AdvanceTo] lets time pass. It takes one pending event after another out of the calendar, sets the time to
//     that of the event, and lets the part that scheduled the event act on it. That may schedule further events.
//
// Both return what has happened, as a list of [Event]. Between two calls nothing happens.
//
// # The life of a task
//
//	  +------------- node lost, if restarts are configured -------------+
//	  v                          |                  |                   |
//	queued ----------------> allocating ------> starting ----------> running ------> succeeded
//	                         finding_nodes      pulling_image           |    ------> failed
//	                         allocating_gpus    mounting_data           |    ------> stopped
//	                                            starting_container      |
//	                                              ^                     |
//	                                              +------ crashed ------+
//
// An existing task begins at starting, with mounting_data. Each live task can be stopped or deleted. It fails when its
// environment is stopped, when its node fails and the configuration does not restart it, when its image can't be pulled,
// and when it has crashed too often. After a restart a training goes on from its last checkpoint.
//
// # Parts
//
// A World consists of parts. Each part is a type with its state, its commands, its pending events, its clone and its
// saved form:
//
//	taskTable     the tasks, handed out to be read or to be changed
//	lifecycle     what happens to a task, from its creation to its end
//	zoneQueues    a queue of jobs for each zone, and the policy that places them
//	imageCaches   which images each node has
//	environments  development environments, shared by the tasks in them
//	outages       nodes that leave service and return
//	background    the load of other users
//	templates     task templates
//	keys          idempotency keys, and what was created with each
//	admission     whether a task can be created, and where it would run
//	expectations  when waiting tasks are expected to start
//
// All parts share the core: the inventory, the time, the calendar and the journal. The World binds the parts: it wires them
// to each other, and calls the one to which a command or an event belongs.
//
// A creation goes through four of them, in this order: admission checks it, lifecycle admits it, zoneQueues places it
// when there is room, and lifecycle begins its first phase.
//
// # The journal
//
// A part notes what it changes in the journal, in one place for each kind of thing: the method that hands the thing out
// to be changed. Four readers follow the journal: [World.Changes] for the disk, [World.Touched] for the stream of events,
// the expectations, which are valid until something changes, and the meter, which counts what is used. A part that forgets
// to note a change fails TestChangesAreNoted.
//
// # What is saved
//
// [World.Snapshot] returns the whole state as records: one for each task, node, environment, queue, template, key, job and
// pending event, and one for the figures of which there is one each. [World.Track] and [World.Changes] return only the
// records that have changed. What is exported in the structs of tasks, environments, jobs, templates and keys is saved;
// [Restore] derives the rest.
//
// Restore accepts a state only if it satisfies [World.CheckInvariants], so that no accepted state fails later. A record of
// an earlier [StateVersion] stays readable.
//
// # Forks
//
// A [Fork] is a possible future of a world, for a forecast. It is a copy in which all that is not known yet is drawn anew:
// how long phases and trainings last that have begun, when nodes fail, which jobs arrive. What has elapsed is known: a
// training that has gone on for an hour takes longer than an hour. A fork simulates only what can affect the task that it
// is for, see [World.Prospect]. Forking does not change the world.
//
// # Determinism
//
// The same configuration, seed and commands give the same events, byte for byte, on every processor. The package has no
// clock, goroutine, lock or I/O. Random numbers come from streams that are keyed by seed, purpose and task or node, so that
// one more task does not change what happens to the others. Results of floating point are rounded, and no result depends
// on the order of a map.
package world
