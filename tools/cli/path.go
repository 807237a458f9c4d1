package main

import (
	"context"
	"os/exec"
	"regexp"

	"golang.org/x/mod/semver"
)

// versionLine is how terraform and tofu begin the answer to "version": "Terraform v1.15.0".
var versionLine = regexp.MustCompile(`^\w+ (v\d\S*)`)

// onPath returns the path of a program on the PATH, if its version is the oldest one asked for or newer. A pre-release is older
// than its release.
func onPath(ctx context.Context, name, oldest string) (string, bool) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", false
	}
	out, err := exec.CommandContext(ctx, path, "version").Output()
	if err != nil {
		return "", false
	}
	version := versionLine.FindSubmatch(out)
	return path, len(version) > 1 && semver.Compare(string(version[1]), "v"+oldest) >= 0
}
