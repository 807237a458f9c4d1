#!/bin/sh
# Runs examples/quickstart from init to destroy with the CLI at the given path.
# `make demo` runs this inside `fermi-simulator exec`, which sets FERMI_ENDPOINT
# and FERMI_TOKEN for the provider.
set -eu

cli=$1
work=$(mktemp -d)
running=

trap 'rm -rf "$work"' EXIT
trap 'stop HUP 129' HUP
trap 'stop INT 130' INT
trap 'stop TERM 143' TERM

# stop ends the CLI before the script, so that no process is left. On a
# terminal the CLI has already received the interrupt, and a second one would
# make it give up its state.
stop() {
	if [ -n "$running" ] && { [ "$1" != INT ] || [ ! -t 0 ]; }; then
		kill -INT "$running"
	fi
	[ -z "$running" ] || wait "$running" || true
	exit "$2"
}

step() {
	printf '\n=== %s\n    $ %s %s\n\n' "$1" "$(basename "$cli")" "$2"
}

# run waits in a way that a signal can interrupt. The shell would handle a
# signal only after the end of a command in the foreground.
run() {
	"$cli" "$@" &
	running=$!
	status=0
	wait "$running" || status=$?
	running=
	return "$status"
}

# Install the provider as a user would, but into a temporary mirror that is the
# only place where this CLI looks for providers.
make --no-print-directory --silent install PLUGIN_DIR="$work/mirror" >"$work/install.log" ||
	{ cat "$work/install.log" >&2; exit 1; }
cat >"$work/terraform.rc" <<RC
provider_installation {
  filesystem_mirror {
    path = "$work/mirror"
  }
}
RC
export TF_CLI_CONFIG_FILE="$work/terraform.rc" CHECKPOINT_DISABLE=1
unset TF_CLI_ARGS TF_DATA_DIR TF_WORKSPACE
[ -t 1 ] || export TF_CLI_ARGS=-no-color

# Copy only the configuration, without state or locks of an earlier run.
mkdir "$work/quickstart"
cp examples/quickstart/*.tf "$work/quickstart"
cd "$work/quickstart"

step "Init: install the provider from a local mirror" "init"
run init -input=false

step "Plan: show what would be created" "plan -out=quickstart.plan"
run plan -input=false -out=quickstart.plan

step "Apply: submit the tasks and wait for them" "apply quickstart.plan"
run apply -input=false quickstart.plan

step "Plan again: nothing is left to change" "plan -detailed-exitcode"
planned=0
run plan -input=false -detailed-exitcode || planned=$?
if [ "$planned" -eq 2 ]; then
	echo "demo: the second plan should be empty and is not; its changes are listed above" >&2
	exit 1
elif [ "$planned" -ne 0 ]; then
	exit "$planned"
fi

step "Output: show what the configuration exports" "output"
run output

step "Destroy: stop the tasks and free their GPUs" "destroy -auto-approve"
run destroy -input=false -auto-approve
