// Command release builds a release as the GitHub workflow does, without publishing it, and checks the result:
//
//	go run ./tools/release -goreleaser PATH -version 1.2.3
//
// The archives are in dist/. The checksums are signed with a temporary key.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
)

func main() {
	goreleaser := flag.String("goreleaser", "goreleaser", "path of goreleaser")
	version := flag.String("version", "", "version to release, without v")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *goreleaser, *version)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tools/release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, goreleaser, version string) error {
	if version == "" {
		return fmt.Errorf("no version given: go run ./tools/release -version 1.2.3")
	}
	commit, err := output(ctx, nil, "git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	keys, err := newKeyring(ctx)
	if err != nil {
		return fmt.Errorf("make a key to sign with: %w", err)
	}
	defer keys.remove()

	build := exec.CommandContext(ctx, goreleaser, "release", "--snapshot", "--clean", "--skip=publish")
	build.Cancel = func() error { return build.Process.Signal(os.Interrupt) }
	build.Env = append(os.Environ(), keys.env()...)
	build.Env = append(build.Env, "GORELEASER_CURRENT_TAG=v"+version)
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("goreleaser: %w; its own message is above", err)
	}

	r := release{folder: "dist", manifest: "terraform-registry-manifest.json", version: version, commit: strings.TrimSpace(commit)}
	if err := r.check(); err != nil {
		return err
	}
	if _, err := output(ctx, keys.env(), "gpg", "--batch", "--verify", r.sums()+".sig", r.sums()); err != nil {
		return fmt.Errorf("the signature of %s doesn't hold: %w", r.sums(), err)
	}
	fmt.Printf("release %s of commit %.12s would be whole: every platform's archive, checksums, signature, manifest\n", version, r.commit)
	return nil
}

// keyring holds a temporary signing key.
type keyring struct {
	home, fingerprint string
}

var fingerprintLine = regexp.MustCompile(`(?m)^fpr:+([0-9A-F]{40}):`)

func newKeyring(ctx context.Context) (keyring, error) {
	// GnuPG's agent creates a socket in this folder, so its path must be short.
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		return keyring{}, err
	}
	k := keyring{home: home}
	_, err = output(ctx, k.env(), "gpg", "--batch", "--passphrase", "", "--quick-generate-key", "release check", "default", "sign", "never")
	if err == nil {
		var list string
		list, err = output(ctx, k.env(), "gpg", "--batch", "--with-colons", "--list-keys")
		if found := fingerprintLine.FindStringSubmatch(list); found != nil {
			k.fingerprint = found[1]
		} else if err == nil {
			err = fmt.Errorf("gpg lists no key:\n%s", list)
		}
	}
	if err != nil {
		k.remove()
	}
	return k, err
}

func (k keyring) env() []string {
	return []string{"GNUPGHOME=" + k.home, "GPG_FINGERPRINT=" + k.fingerprint}
}

// remove stops the agent, which would otherwise keep running, and removes the folder.
func (k keyring) remove() {
	_, _ = output(context.Background(), k.env(), "gpgconf", "--kill", "gpg-agent")
	_ = os.RemoveAll(k.home)
}

// output runs a program and returns its standard output. The error contains all its output.
func output(ctx context.Context, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(cmd.Args, " "), err, stderr.String(), stdout.String())
	}
	return stdout.String(), nil
}
