// Package queue decides when the jobs that wait for room in a cluster start.
//
// # Model
//
// A Queue stands before one zone of a cluster, or before the whole of it. Push adds a job, Start starts every job that may
// start now, and Ended gives back what a job held. The queue never looks at a clock: whoever owns it says what time it is.
//
// A zone may have nodes of several kinds, of which a job can use some. Two jobs are rivals if there is a node that both
// could use. A job that waits delays its rivals and nobody else. A head is a waiting job before which no rival waits; there is
// at least one as long as jobs wait, and one for each kind of node at most.
//
// # Disciplines
//
// A job of a higher priority stands before all jobs of lower ones. Among equals a Discipline orders the queue, and it says who may
// overtake:
//
//	fifo                 arrival order; nobody overtakes a rival
//	shortest-job-first   order of the declared limits; nobody overtakes a rival
//	easy-backfill        arrival order; a job may overtake if it delays no head
//
// # Reservations
//
// With EASY backfill each head has a reservation: the room it gets at its shadow time, the earliest time at which there is
// room for it if every running job ends at its walltime limit. A job behind it may start early if it ends before the
// shadow time, or if it and the head fit side by side from then on.
//
// Nodes out of service make the shadow time uncertain, so there are two plans: in one they never return, in the other they
// return when expected. A job that starts early must keep the reservations of both.
//
// # Cost
//
// Jobs with equal requests form a group. Within a group only the first job that may start counts, so that Start looks at
// groups and not at all jobs: a queue of 10,000 jobs with ten different requests costs about as much as one of ten. What is known
// about a group (that it doesn't fit, which nodes it could use) is kept until room is given back.
package queue
