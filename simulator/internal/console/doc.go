// Package console serves the web pages of the cluster. They are static files that call the API of the same server, so they
// show nothing that their user may not read, and work with any cluster that implements the API.
//
//	/training/create     create a training task         pages/create.html
//	/training-jobs       the list of tasks               pages/jobs.html
//	/training-jobs/{id}  a task and its history          pages/job.html
//	/cluster             nodes, queues and the clock     pages/cluster.html
//
// # From files to pages
//
// Everything is embedded in the binary; there is no build step. At the first request, read combines the files with texts.json, which
// package text has:
//
//	pages/*.html ─┐
//	static/*.css ─┼─▶ a page per language, with its style sheet inlined
//	texts.json ───┤
//	              └─▶ texts.js per language ─┐
//	static/*.js ────────────────────────────┴─▶ /console/VERSION/LANGUAGE/NAME
//
// VERSION is a hash of the content, so browsers may cache these files forever. Pages themselves are never cached without
// asking the server again. texts.json holds every text in Chinese and English; templates and scripts refer to texts by key.
//
// # Scripts
//
// Scripts are ES modules without dependencies. create.js, jobs.js, job.js and cluster.js each run a page. live.js keeps a
// page up to date by server-sent events and reloads what was missed when the connection is lost. dom.js inserts users' texts
// as text only; the Content-Security-Policy also forbids markup from scripts, inline scripts and other servers.
package console
