package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
)

// serveVariable makes the test binary run as the provider.
const serveVariable = "FERMI_TEST_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestFullVersion(t *testing.T) {
	t.Parallel()
	recorded := func(version, revision string) *debug.BuildInfo {
		info := &debug.BuildInfo{Main: debug.Module{Version: version}}
		if revision != "" {
			info.Settings = []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: revision}}
		}
		return info
	}
	const revision = "0123456789abcdef0123456789abcdef01234567"
	for name, test := range map[string]struct {
		version, commit string
		info            *debug.BuildInfo
		want            string
	}{
		"release":                 {"1.2.3", revision, recorded("v9.9.9", "ffff"), "1.2.3+0123456789ab"},
		"short commit":            {"1.2.3", "0123", nil, "1.2.3+0123"},
		"version alone":           {"1.2.3", "", recorded("(devel)", ""), "1.2.3"},
		"go install":              {"", "", recorded("v1.2.3", ""), "1.2.3"},
		"go build of a tag":       {"", "", recorded("v1.2.3", revision), "1.2.3+0123456789ab"},
		"go build between tags":   {"", "", recorded("v1.2.4-0.20241208100000-0123456789ab", revision), "1.2.4-0.20241208100000-0123456789ab"},
		"go build of a dirty tag": {"", "", recorded("v1.2.3+dirty", revision), "1.2.3+dirty.0123456789ab"},
		"go run":                  {"", "", recorded("(devel)", revision), "dev+0123456789ab"},
		"nothing known":           {"", "", nil, "dev"},
	} {
		if got := fullVersion(test.version, test.commit, test.info); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// The manifest tells the registry which protocol the provider uses; the provider states it in its first line.
func TestManifestNamesTheProtocol(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("terraform-registry-manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Version  int `json:"version"`
		Metadata struct {
			ProtocolVersions []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	decoder := json.NewDecoder(strings.NewReader(string(content)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Version != 1 || len(manifest.Metadata.ProtocolVersions) != 1 {
		t.Fatalf("manifest %s: want version 1 and one protocol version", content)
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served := exec.CommandContext(ctx, os.Args[0])
	served.Env = append(os.Environ(), serveVariable+"=1", "PLUGIN_PROTOCOL_VERSIONS=5,6",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	output, err := served.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := served.Start(); err != nil {
		t.Fatal(err)
	}
	// core protocol | plugin protocol | network | address | encoding
	line, err := bufio.NewReader(output).ReadString('\n')
	cancel()
	_ = served.Wait()
	if parts := strings.Split(line, "|"); err != nil || len(parts) < 5 || parts[1]+".0" != manifest.Metadata.ProtocolVersions[0] {
		t.Errorf("the provider's first line is %q (%v), the manifest has protocol %v", line, err, manifest.Metadata.ProtocolVersions)
	}
}

func TestSilence(t *testing.T) {
	for name, test := range map[string]struct{ log, provider, own, want string }{
		"nobody listens":             {"", "", "", "OFF"},
		"Terraform logs":             {"INFO", "", "", ""},
		"Terraform logs its plugins": {"", "DEBUG", "", ""},
		"level chosen":               {"", "", "WARN", "WARN"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TF_LOG", test.log)
			t.Setenv("TF_LOG_PROVIDER", test.provider)
			for _, variable := range levels {
				t.Setenv(variable, test.own)
			}
			silence()
			for _, variable := range levels {
				if got := os.Getenv(variable); got != test.want {
					t.Errorf("%s is %q, want %q", variable, got, test.want)
				}
			}
		})
	}
}
