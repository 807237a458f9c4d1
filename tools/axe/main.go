// Command axe prints the path of axe-core's axe.min.js, an accessibility checker that the tests of the console use:
//
//	go run ./tools/axe
//
// On first use it downloads the pinned version, with npm if there is one, to the user's cache.
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
	most    = 8 << 20                                                            // maximum size

	patience = 2 * time.Minute // time limit for the registry
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

// locate returns the path of the pinned version. It downloads it if it is not in the cache.
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

// registryVariable is the environment variable with the address of the npm registry. npm reads it too.
const registryVariable = "npm_config_registry"

const registry = "https://registry.npmjs.org"

// fetch returns axe.min.js from the package, which it gets with npm or, without npm, from the registry.
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

// pack gets the package with npm, which knows the configured mirrors and proxies.
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

// download gets the package from a registry.
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

// extract returns axe.min.js from the package.
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

// check returns an error if the content is not the pinned file.
func check(content []byte) error {
	is := sha256.Sum256(content)
	if got := hex.EncodeToString(is[:]); got != sum {
		return fmt.Errorf("axe.min.js has the checksum %s, and %s is pinned in tools/axe", got, sum)
	}
	return nil
}
