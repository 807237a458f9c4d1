// Package store keeps records on disk. A commit that has returned is durable, whatever happens to the process afterwards.
// What the records mean is up to their owner.
//
// # Why a log
//
// The records are the whole state of a world, which is in memory anyway, so the disk is read only at the start. A log is
// enough for that: one write and one sync make a commit, while a B+tree such as bbolt needs two syncs. In addition bbolt
// maps its file into memory, so that a damaged page crashes the process, and its pages have no checksums. Here a checksum
// covers every committed byte from the start of the file, so damage is found before any record is used.
//
// # The folder
//
//	state      the records
//	state.new  a log being written; it replaces state by a rename once it is complete
//	reserve    zeros, as large as a compacted log; it becomes state.new, so that a full disk can be compacted
//	lock       locked while a server has the folder open
//
// # The file
//
//	+-------+------------+------------+---------+---------+----
//	| title | position A | position B | frame 1 | frame 2 | ...
//	+-------+------------+------------+---------+---------+----
//
// The title names the format and its version. A frame is one commit: its length, the checksum of all frames up to and
// including this one, and its records. The two position blocks take turns to note where the log ends. A commit appends a
// frame, syncs the file and then writes the position, so at every moment one of the two blocks is intact.
//
// When a file is opened, the log must be intact up to the newer position; otherwise it is damaged, and Open says where. A
// frame after that position was never acknowledged. It counts if it is complete, and is overwritten if it is not.
//
// # Compaction
//
// The log is rewritten in the background when it is much larger than its live records, while commits continue. If a write
// fails because the disk is full, the log is compacted at once into the space of the reserve, and the write is repeated.
package store
