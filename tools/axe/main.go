// Command axe prints the path of axe-core's axe.min.js, the checker of WCAG's rules, for the tests of the simulator's pages:
//
//	go run ./tools/axe
//
// It fetches the pinned version on first use, with npm where there is one, and keeps it in the user's cache.
package main

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	version = "4.14.1"
	sum     = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c" // SHA-256 of axe.min.js
	most    = 8 << 20                                                            // bytes that are read of it

	patience = 2 * time.Minute // with the registry
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	path, err := locate(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tools/axe:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}

// locate returns the path of the pinned version, fetched if the cache does not hold it.
func locate(ctx context.Context) (string, error) {
	if path := os.Getenv("FERMI_AXE"); path != "" {
		return path, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for the cache: %w; set XDG_CACHE_HOME or HOME", err)
	}
	path := filepath.Join(cache, "terraform-provider-fermi", "axe-"+version+".min.js")
	if content, err := os.ReadFile(path); err == nil && check(content) == nil {
		return path, nil
	}
	content, err := fetch(ctx)
	if err != nil {
		return "", fmt.Errorf("fetch axe-core %s: %w; name the path of an axe.min.js in FERMI_AXE to use that", version, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, content, 0o644)
}

// registryVariable names the environment variable with the address of npm's registry, which npm reads too.
const registryVariable = "npm_config_registry"

const registry = "https://registry.npmjs.org"

// fetch returns axe.min.js out of the package, which npm packs; without npm it is read from the registry itself.
func fetch(ctx context.Context) ([]byte, error) {
	if _, err := exec.LookPath("npm"); err == nil {
		content, err := pack(ctx)
		if err == nil || ctx.Err() != nil {
			return content, err
		}
		fmt.Fprintf(os.Stderr, "tools/axe: %v; asking the registry itself\n", err)
	}
	return download(ctx, strings.TrimSuffix(cmp.Or(os.Getenv(registryVariable), registry), "/"))
}

// pack has npm fetch the package, which knows of mirrors and proxies in its configuration.
func pack(ctx context.Context) ([]byte, error) {
	work, err := os.MkdirTemp("", "axe")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	command := exec.CommandContext(ctx, "npm", "pack", "--silent", "axe-core@"+version)
	command.Dir, command.Stderr = work, os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("npm pack: %w", err)
	}
	archive, err := os.Open(filepath.Join(work, "axe-core-"+version+".tgz"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = archive.Close() }()
	return extract(archive)
}

// download reads the package from a registry.
func download(ctx context.Context, registry string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, registry+"/axe-core/-/axe-core-"+version+".tgz", http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", request.URL, response.Status)
	}
	return extract(response.Body)
}

// extract finds axe.min.js in the package.
func extract(archive io.Reader) ([]byte, error) {
	unzip, err := gzip.NewReader(archive)
	if err != nil {
		return nil, err
	}
	for entries := tar.NewReader(unzip); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the package has no axe.min.js")
		}
		if err != nil {
			return nil, err
		}
		if entry.Name != "package/axe.min.js" {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(entries, most))
		if err != nil {
			return nil, err
		}
		return content, check(content)
	}
}

// check refuses what is not the pinned file.
func check(content []byte) error {
	is := sha256.Sum256(content)
	if got := hex.EncodeToString(is[:]); got != sum {
		return fmt.Errorf("axe.min.js has the checksum %s, and %s is pinned in tools/axe", got, sum)
	}
	return nil
}
