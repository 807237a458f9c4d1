package main

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const testCommit = "0123456789abcdef0123456789abcdef01234567"

// newRelease writes a complete release.
func newRelease(t *testing.T) release {
	t.Helper()
	folder := t.TempDir()
	r := release{folder: folder, manifest: filepath.Join(folder, "manifest-of-the-repository.json"), version: "1.2.3", commit: testCommit}
	write(t, r.manifest, "{}")
	for _, platform := range platforms {
		name := "terraform-provider-fermi_v1.2.3"
		if strings.HasPrefix(platform, "windows") {
			name += ".exe"
		}
		r.archive(t, platform, name, 0o755, "1.2.3 "+testCommit)
	}
	for _, platform := range simulatorPlatforms {
		write(t, filepath.Join(folder, "fermi-simulator_1.2.3_"+platform+".tar.gz"), platform)
	}
	r.sum(t)
	return r
}

func (r release) archive(t *testing.T, platform, name string, mode os.FileMode, content string) {
	t.Helper()
	file, err := os.Create(filepath.Join(r.folder, r.name(platform+".zip")))
	if err != nil {
		t.Fatal(err)
	}
	archive := zip.NewWriter(file)
	header := &zip.FileHeader{Name: name}
	header.SetMode(mode)
	binary, err := archive.CreateHeader(header)
	if err == nil {
		_, err = binary.Write([]byte(content))
	}
	if err == nil {
		err = archive.Close()
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// sum writes the checksums of the existing files.
func (r release) sum(t *testing.T) {
	t.Helper()
	_ = os.Remove(r.sums())
	files, err := filepath.Glob(filepath.Join(r.folder, "*_1.2.3_*"))
	if err != nil {
		t.Fatal(err)
	}
	lines := fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte("{}")), r.name("manifest.json"))
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines += fmt.Sprintf("%x  %s\n", sha256.Sum256(content), filepath.Base(file))
	}
	write(t, r.sums(), lines)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWholeRelease(t *testing.T) {
	t.Parallel()
	if err := newRelease(t).check(); err != nil {
		t.Error(err)
	}
}

func TestBrokenRelease(t *testing.T) {
	t.Parallel()
	const linux = "terraform-provider-fermi_1.2.3_linux_amd64.zip"
	good := "1.2.3 " + testCommit
	for name, test := range map[string]struct {
		breakIt func(*testing.T, release)
		want    string
	}{
		"missing archive": {func(t *testing.T, r release) {
			if err := os.Remove(filepath.Join(r.folder, linux)); err != nil {
				t.Fatal(err)
			}
		}, linux + ": no such file"},
		"binary without version in its name": {func(t *testing.T, r release) {
			r.archive(t, "linux_amd64", project, 0o755, good)
		}, "its binary is called terraform-provider-fermi, want terraform-provider-fermi_v1.2.3"},
		"no binary": {func(t *testing.T, r release) {
			r.archive(t, "linux_amd64", "LICENSE", 0o644, good)
		}, "0 binaries"},
		"not executable": {func(t *testing.T, r release) {
			r.archive(t, "linux_amd64", project+"_v1.2.3", 0o644, good)
		}, "can't be executed"},
		"no version": {func(t *testing.T, r release) {
			r.archive(t, "linux_amd64", project+"_v1.2.3", 0o755, "dev")
		}, "doesn't know that it is version 1.2.3 of commit " + testCommit},
		"too large": {func(t *testing.T, r release) {
			r.archive(t, "linux_amd64", project+"_v1.2.3", 0o755, good+strings.Repeat(" ", maxBinary))
		}, "want less than 40000000"},
		"changed archive": {func(t *testing.T, r release) {
			r.archive(t, "linux_amd64", project+"_v1.2.3", 0o755, good+" ")
		}, "the checksum of " + linux},
		"changed manifest": {func(t *testing.T, r release) { write(t, r.manifest, "{ }") },
			"the checksum of terraform-provider-fermi_1.2.3_manifest.json"},
		"foreign file": {func(t *testing.T, r release) {
			write(t, filepath.Join(r.folder, "terraform-provider-fermi_1.2.3_plan9_amd64.zip"), "")
			r.sum(t)
		}, "plan9_amd64.zip has a checksum and is no part"},
		"no checksums": {func(t *testing.T, r release) {
			if err := os.Remove(r.sums()); err != nil {
				t.Fatal(err)
			}
		}, "SHA256SUMS: no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRelease(t)
			test.breakIt(t, r)
			if err := r.check(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
