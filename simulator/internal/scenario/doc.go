// Package scenario reads the description of a world from YAML: its zones, GPU types and nodes, environments, images,
// datasets and models, how long things take, what fails, and the load of other users.
//
// A scenario may extend a bundled one (see Names) and then states only what differs. A list that it states replaces the
// whole list of the bundled scenario.
//
// # From text to world
//
//	text --> bounds --> YAML --> shape --> JSON Schema --> Scenario --> consistency --> world.Config
//	           |         |         |            |                            |
//	           +---------+---------+------------+-------- Problems <---------+
//
// Parse goes from left to right and stops at the first stage that finds errors. Bounds refuse texts that would be costly to
// parse, before they are parsed; shape does the same for aliases and nesting. The schema (schema.json) checks names, types
// and ranges of fields. The last stage checks what a schema can't: references to zones and GPU types, unique names, and
// whether the world can work at all. Every Problem has a line, a column and the path of the field.
//
// A Scenario is decoded into the types that the world runs on: its catalog.Catalog and its world.Rules. Only its node pools
// become something else, the nodes of the world.Config.
//
// Parse checks with a sample of the nodes, because worlds have up to 100,000. Check also creates the whole world with its
// warm-up, as starting a server does.
package scenario
