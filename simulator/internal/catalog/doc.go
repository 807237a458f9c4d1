// Package catalog describes what a cluster has to offer: zones with GPUs of some types, development environments, and the
// images, datasets and models that a task is made of. It is data. What happens in the cluster is package world's concern.
//
// # The model
//
// A [Catalog] is a list of each kind of entry, in the order in which the API lists them. Its types are the only ones: a
// scenario's YAML is decoded into them, the world runs on them, and the API answers from them. The entries refer to each
// other by id or name:
//
//	Zone.ID ◀────── Environment.Zone          Image.Name     ◀── a task's image, or an unknown one
//	GPUType.Name ◀─ Environment.GPUType       Dataset.ID     ◀── a task's dataset
//	                                          Model.ID       ◀── a task's model, if it names one
//
// [Indexed] is a catalog with maps that find an entry by its id or name. It is made once for a world, and shared by all
// that read it, since a catalog in use does not change.
package catalog
