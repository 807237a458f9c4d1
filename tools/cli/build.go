package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// locate returns the path of the program in the cache. It builds the program if it is not there. The file has the
// program's own name, so that its folder can be added to a PATH; the folder's name has the version.
func (p program) locate(ctx context.Context, cache string) (string, error) {
	dir := filepath.Join(cache, "fermi-cli", p.name+"-"+strings.TrimPrefix(p.version, "v"))
	path := filepath.Join(dir, p.name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)

	fmt.Fprintf(os.Stderr, "building %s %s into %s; this happens once and takes minutes\n", p.name, p.version, dir)
	built, err := p.build(ctx, work)
	if err != nil {
		return "", fmt.Errorf("build %s %s: %w", p.name, p.version, err)
	}
	// The rename is atomic, so that concurrent builds never leave an incomplete program.
	return path, os.Rename(built, path)
}

func (p program) build(ctx context.Context, work string) (string, error) {
	source, err := p.download(ctx)
	if err != nil {
		return "", err
	}
	if len(p.cuts) > 0 {
		if source, err = p.cut(source, filepath.Join(work, "source")); err != nil {
			return "", err
		}
	}
	// Don't change how packages are compiled, so that the standard library is not compiled again.
	args := []string{"build", "-C", source, "-buildvcs=false", "-ldflags", "-s -w " + p.ldflags}
	if len(p.absent) > 0 {
		modfile, err := p.standIn(ctx, source, work)
		if err != nil {
			return "", fmt.Errorf("stand in for the modules that the proxy lacks: %w", err)
		}
		args = append(args, "-modfile="+modfile, "-mod=mod")
	}
	built := filepath.Join(work, p.name)
	if _, err := goCommand(ctx, append(args, "-o", built, p.pkg)...); err != nil {
		return "", err
	}
	return built, nil
}

// download returns the folder of the module's source in the module cache.
func (p program) download(ctx context.Context) (string, error) {
	out, err := goCommand(ctx, "mod", "download", "-json", p.module+"@"+p.version)
	if err != nil {
		return "", fmt.Errorf("%w; is the module proxy of `go env GOPROXY` within reach?", err)
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal(out, &module); err != nil {
		return "", fmt.Errorf("read the answer of go mod download: %w", err)
	}
	if module.Sum != p.sum {
		return "", fmt.Errorf("%s@%s has the checksum %s, and %s is pinned in tools/cli/programs.go: "+
			"somebody changed one of them, so nothing was built", p.module, p.version, module.Sum, p.sum)
	}
	return module.Dir, nil
}

// standIn writes a copy of the program's go.mod that replaces each absent module, and returns its path. The go command
// expects go.sum beside it.
func (p program) standIn(ctx context.Context, source, work string) (string, error) {
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(work, name), content, 0o644); err != nil {
			return "", err
		}
	}
	edit := []string{"mod", "edit"}
	for i, module := range p.absent {
		dir := filepath.Join(work, fmt.Sprintf("absent-%d", i))
		if err := module.write(dir); err != nil {
			return "", err
		}
		edit = append(edit, "-replace="+module.path+"="+dir)
	}
	modfile := filepath.Join(work, "go.mod")
	_, err := goCommand(ctx, append(edit, modfile)...)
	return modfile, err
}

// cut copies the program's source, because the module cache must not change, and removes the cuts from the copy. It
// returns the folder of the copy.
func (p program) cut(source, folder string) (string, error) {
	if err := os.CopyFS(folder, os.DirFS(source)); err != nil {
		return "", err
	}
	for name, cut := range p.cuts {
		file := filepath.Join(folder, filepath.FromSlash(name))
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if !cut.Match(content) {
			return "", fmt.Errorf("nothing in %s is as the cut in tools/cli/programs.go expects: adapt it to this version", name)
		}
		if err := os.WriteFile(file, cut.ReplaceAll(content, nil), 0o644); err != nil {
			return "", err
		}
	}
	return folder, nil
}

func (m nestedModule) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module "+m.path+"\n"), 0o644); err != nil {
		return err
	}
	if m.source == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(dir, "module.go"), []byte(m.source), 0o644)
}

// goCommand runs the go command and returns its standard output. It ignores the caller's settings for building the
// provider.
func goCommand(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	// On SIGINT the go command removes its work folder.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOOS=", "GOARCH=")
	cmd.Dir = os.TempDir() // outside any module
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, errors.New("interrupted")
		}
		return nil, fmt.Errorf("go %s: %w\n%s%s", strings.Join(args, " "), err, stderr.Bytes(), stdout.Bytes())
	}
	return stdout.Bytes(), nil
}
