#!/bin/sh
# Runs common OpenAPI tools on the API's contract and a simulator: run.sh SIMULATOR. Needs Node 20 and the npm registry.
set -eu

simulator=$1
here=$(cd "$(dirname "$0")" && pwd)
contract=$here/../../internal/contract/openapi.yaml
cache=${XDG_CACHE_HOME:-$HOME/.cache}/terraform-provider-fermi/contract-testers
mkdir -p "$cache"
cp "$here/package.json" "$cache"
npm install --prefix "$cache" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error
export NODE_PATH="$cache/node_modules" NO_UPDATE_NOTIFIER=1 REDOCLY_TELEMETRY=off
modules=$cache/node_modules

logs=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null || :; rm -rf "$logs"' EXIT
trap 'exit 1' INT TERM

# start NAME COMMAND... starts a server and sets address to the URL that it prints.
start() {
	log=$logs/$1
	shift
	"$@" >"$log" 2>&1 &
	servers="$servers $!"
	tries=0
	until address=$(grep -o 'listening on http://127.0.0.1:[0-9]*' "$log"); do
		tries=$((tries + 1))
		if [ $tries -gt 300 ] || ! kill -0 $! 2>/dev/null; then
			echo "$1 did not start listening:" >&2
			cat "$log" >&2
			exit 1
		fi
		sleep 0.1
	done
	address=${address#listening on }
}

failed=
# check WHAT COMMAND... runs a tester.
check() {
	echo "== $1"
	what=$1
	shift
	"$@" || failed="$failed, $what"
}

dredd() { node "$modules/dredd/bin/dredd" "$contract" "$1" --hookfiles "$here/hooks.js" --loglevel error --no-color; }
prism() { exec node "$modules/@stoplight/prism-cli/dist/index.js" "$@" --host 127.0.0.1 --port 0; }

start simulator "$simulator" serve --clock manual --listen 127.0.0.1:0 --log-level error
export FERMI_ENDPOINT="$address"
start proxy prism proxy "$contract" "$FERMI_ENDPOINT" --errors
proxy=$address
start mock prism mock "$contract"
mock=$address

check "Redocly" node "$modules/@redocly/cli/bin/cli.js" lint "$contract" --config "$here/redocly.yaml"
check "Spectral" node "$modules/@stoplight/spectral-cli/dist/index.js" lint "$contract" --ruleset "$here/spectral.yaml" --fail-severity=warn
check "Dredd" dredd "$FERMI_ENDPOINT"
check "Dredd through Prism's proxy" dredd "$proxy"
export MOCK=1
check "Dredd on Prism's mock" dredd "$mock"

if [ -n "$failed" ]; then
	echo "failed:${failed#,}" >&2
	exit 1
fi
