// Package cluster models a GPU cluster: its zones, nodes and GPUs, and what is allocated on them. It decides where a request
// is placed. It does not know about time, queues or tasks; package world builds on it.
//
// # Nodes
//
// A Node has a zone, GPUs of one type, CPU and memory. GPUs are measured in milli: a whole GPU is 1000, and a request for
// one GPU may ask for a share of it. A node's State says whether it takes new work. A draining node keeps the allocations
// that it has; the GPUs of a failed one are lost until it is up again.
//
// # Requests and allocations
//
// A Request asks for totals of GPUs, CPU and memory, and may be limited to a zone and to some GPU types. Place chooses
// nodes and GPUs for it and returns an Allocation; Release frees exactly the same. Placement is all or nothing:
//
//	Request ──Place(policy)──▶ Allocation{Parts} ──Release──▶ free again
//	   │
//	   ├─ one empty node could host it: one part, on one node
//	   └─ no node could: a gang, in parts of as many GPUs as an empty node hosts, and a rest
//
// A Policy rates the nodes where a request fits, and the highest score wins. Of equal scores the first node name wins, so
// that placement is deterministic. Only policy random draws, from a stream that the caller provides.
//
// # Asking without placing
//
// Count says how many GPUs are free, held, draining and lost. Verdicts says why nodes can't host a request now, and
// CanEverFit whether they ever can. Reach is the set of nodes that a request could use at all. Room is a copy of a node's
// free capacity, on which a scheduler tries what would fit after some allocations have ended.
//
// # Indices
//
// Clusters have up to 100,000 nodes, and a scheduler tries the same few shapes of request again and again. For every shape
// the cluster keeps a tree of the nodes' scores (see index) and recomputes only those of nodes that changed since. The
// indices are a cache: a scan of all nodes gives the same placements, which the property tests verify. A Clone copies the
// nodes and starts with an empty cache.
package cluster
