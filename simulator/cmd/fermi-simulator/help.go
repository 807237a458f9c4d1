package main

import "github.com/alecthomas/kong"

// help holds help texts that several flags share or that are too long for a struct tag, which refers to them as ${name}.
var help = kong.Vars{
	"help_default": "The default is that of the saved world",

	"help_allowed_host": "Name or address of this server, in addition to loopback ones and the one in --listen; repeatable. " +
		"Without a token, requests for other hosts are refused.",
	"help_clock": "What drives virtual time: realtime, manual or auto. The default is the clock of the saved world",
	"help_data": "Folder that keeps the world when the process ends, however it ends. " +
		"Without it the world is kept in memory only.",
	"help_json": "Print JSON instead of the table: an object, or an array for several runs. " +
		"--json=FILE writes the JSON to a file and prints the table.",
	"help_limits":     "With --swf, the run times that the queue sees: asked (the default), which are the walltime limits, or actual.",
	"help_listen":     "Address to listen on. Port 0 chooses a free port.",
	"help_log_format": "Format of the log on standard error: text or json.",
	"help_log_level":  "Log level: debug, info (logs each request), warn or error.",
	"help_policies":   "Placement policies: " + policyNames + "; or all, for the six of the published experiment.",
	"help_queue":      "Queue discipline with --timed or --swf: fifo, easy-backfill or shortest-job-first.",
	"help_scenario": "World to simulate: a YAML file, or the name of a bundled scenario: default, busy, flaky, large. " +
		"The default is the saved world, or else the scenario default.",
	"help_speed": "Virtual seconds per second with the realtime clock.",
	"help_swf":   "Replay this log instead, in the Standard Workload Format, uncompressed or in gzip.",
}
