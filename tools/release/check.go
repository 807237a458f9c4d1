package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	project = "terraform-provider-fermi"
	// maxBinary is the maximum size of the provider's binary in bytes.
	maxBinary = 40_000_000
)

// platforms are the platforms that the registry lists.
var platforms = []string{
	"darwin_amd64", "darwin_arm64", "freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64", "windows_386", "windows_amd64", "windows_arm64",
}

var simulatorPlatforms = []string{
	"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64", "windows_arm64",
}

// release is a folder with files ready to publish.
type release struct {
	folder   string
	manifest string // published under a name with the version
	version  string
	commit   string
}

// name returns the file name with a suffix.
func (r release) name(suffix string) string { return project + "_" + r.version + "_" + suffix }

func (r release) sums() string { return filepath.Join(r.folder, r.name("SHA256SUMS")) }

// check returns an error for everything that the registries would refuse or that would break an installation.
func (r release) check() error {
	var problems []error
	files := map[string]string{r.name("manifest.json"): r.manifest}
	for _, platform := range platforms {
		file := filepath.Join(r.folder, r.name(platform+".zip"))
		files[filepath.Base(file)] = file
		problems = append(problems, r.checkArchive(file, strings.HasPrefix(platform, "windows")))
	}
	for _, platform := range simulatorPlatforms {
		file := filepath.Join(r.folder, "fermi-simulator_"+r.version+"_"+platform+".tar.gz")
		files[filepath.Base(file)] = file
	}
	problems = append(problems, r.checkSums(files))
	return errors.Join(problems...)
}

// checkArchive checks that the archive has one provider binary with the name that Terraform expects.
func (r release) checkArchive(file string, windows bool) error {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer archive.Close()
	want := project + "_v" + r.version
	if windows {
		want += ".exe"
	}
	binaries := 0
	for _, f := range archive.File {
		if !strings.HasPrefix(f.Name, project) {
			continue
		}
		binaries++
		if f.Name != want {
			return fmt.Errorf("%s: its binary is called %s, want %s", file, f.Name, want)
		}
		if f.Mode()&0o111 == 0 {
			return fmt.Errorf("%s: %s can't be executed, its mode is %s", file, f.Name, f.Mode())
		}
		if f.UncompressedSize64 >= maxBinary {
			return fmt.Errorf("%s: %s has %d bytes, want less than %d", file, f.Name, f.UncompressedSize64, maxBinary)
		}
		if err := r.checkVersion(f); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if binaries != 1 {
		return fmt.Errorf("%s: %d binaries of the provider, want one", file, binaries)
	}
	return nil
}

// checkVersion checks that the binary contains the version and the commit. A build that lost its linker flags would
// report version "dev" to the API.
func (r release) checkVersion(f *zip.File) error {
	binary, err := f.Open()
	if err != nil {
		return err
	}
	defer binary.Close()
	content, err := io.ReadAll(binary)
	if err != nil {
		return err
	}
	for _, want := range []string{r.version, r.commit} {
		if !bytes.Contains(content, []byte(want)) {
			return fmt.Errorf("%s doesn't know that it is version %s of commit %s", f.Name, r.version, r.commit)
		}
	}
	return nil
}

// checkSums compares the checksums with the files, by their published names.
func (r release) checkSums(files map[string]string) error {
	content, err := os.ReadFile(r.sums())
	if err != nil {
		return err
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(content)) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			return fmt.Errorf("%s: can't read the line %q", r.sums(), line)
		}
		listed[name] = sum
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content, err := os.ReadFile(files[name])
		if err != nil {
			problems = append(problems, err)
			continue
		}
		sum := sha256.Sum256(content)
		if got := listed[name]; got != hex.EncodeToString(sum[:]) {
			problems = append(problems, fmt.Errorf("%s: the checksum of %s is %q, want %x", r.sums(), name, got, sum))
		}
		delete(listed, name)
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		problems = append(problems, fmt.Errorf("%s: %s has a checksum and is no part of a release", r.sums(), name))
	}
	return errors.Join(problems...)
}
