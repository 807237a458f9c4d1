#!/bin/sh
# Takes examples/quickstart through its life with the CLI at the given path.
# `make demo` runs this inside `fermi-simulator exec`, whose FERMI_ENDPOINT and
# FERMI_TOKEN the provider reads.
set -eu

cli=$1
work=$(mktemp -d)
# Signals end the script through exit, so that the folder goes with it.
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

step() {
	printf '\n=== %s\n    $ %s %s\n\n' "$1" "$(basename "$cli")" "$2"
}

# Installed as a user would install it, but into a mirror that ends with the
# demo and is the only place where this CLI looks for providers.
${MAKE:-make} --no-print-directory --silent install PLUGIN_DIR="$work/mirror" >"$work/install.log" ||
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

# Only the configuration is copied: no state and no lock of an earlier use.
mkdir "$work/quickstart"
cp examples/quickstart/*.tf "$work/quickstart"
cd "$work/quickstart"

step "Init: install the provider from a local mirror" "init"
"$cli" init -input=false

step "Plan: what would be created" "plan -out=quickstart.plan"
"$cli" plan -input=false -out=quickstart.plan

step "Apply: submit the tasks and wait for them" "apply quickstart.plan"
"$cli" apply -input=false quickstart.plan

step "Plan again: nothing is left to change" "plan -detailed-exitcode"
status=0
"$cli" plan -input=false -detailed-exitcode || status=$?
if [ "$status" -eq 2 ]; then
	echo "demo: the second plan should be empty and is not; its changes are listed above" >&2
	exit 1
elif [ "$status" -ne 0 ]; then
	exit "$status"
fi

step "Output: what the configuration exports" "output"
"$cli" output

step "Destroy: stop the tasks and free their GPUs" "destroy -auto-approve"
"$cli" destroy -input=false -auto-approve
