// Package replay runs recorded workloads through the model of the cluster and its queues, to compare the simulator with
// published experiments. It does no I/O except on the readers and writers that it is given.
//
// There are three kinds of run:
//
//	Experiment.Run  arrival-only: tasks drawn from a list are placed one after the other, and none ends. This is the
//	                experiment of Weng et al., "Beware of Fragmentation" (USENIX ATC 2023). It compares placement policies
//	                by how much of the capacity they can allocate.
//	RunTimed        tasks arrive, wait in a queue, run and end as recorded. It shows waits, slowdowns and utilisation.
//	RunLog          the jobs of a supercomputer's log (ReadSWF) wait for processors of one pool, as in Gaussier et al.
//	                (SC 2015). It compares queue disciplines job by job with the published waits.
//
// ReadNodes and ReadTasks read the lists for the first two, in the layout of the Alibaba 2023 traces or our own, and
// Workload.Warnings says what in them may be a mistake. ReadPublished, PublishedVariants and PublishedLogs hold what was
// published.
//
// A run depends only on its input and its seed, so runs may be made concurrently and always give the same results. Random
// draws, and the order of floating-point sums, follow the published simulators where digits would differ otherwise.
package replay
