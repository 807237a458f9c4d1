package simulator_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// savedAnswers is what the simulator that wrote testdata/saved-1/state went on to answer.
type savedAnswers struct {
	Before   map[string]string // by path, as the folder was left
	Key      string            // an idempotency key that the folder has
	Replay   string            // the body of the creation with that key
	Replayed string            // and the answer to it
	Create   string            // the body of another creation
	Created  string            // and the answer to it
	After    map[string]string // by path, an hour after that
}

// A folder that an earlier version wrote is read, and its world goes on as it would have gone on in that version.
func TestFolderOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	var want savedAnswers
	if err := json.Unmarshal(gunzip(t, "testdata/saved-1/answers.json.gz"), &want); err != nil {
		t.Fatal(err)
	}
	sim := openSaved(t)
	do := func(method, path, body, key string) string {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept-Language", "en")
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	// The fields that answers have had since that version.
	added := regexp.MustCompile(`"priority":"normal","preemptible":false,"restarts":\d+,"preemptions":0,`)
	equal := func(what, got, want string) {
		t.Helper()
		got = added.ReplaceAllString(got, "")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the answer differs from the earlier version's: %s", what, diff)
		}
	}
	for path, answer := range want.Before {
		equal(path, do(http.MethodGet, path, "", ""), answer)
	}
	const tasks = "/api/v1/training-tasks"
	equal("a creation whose key the folder has", do(http.MethodPost, tasks, want.Replay, want.Key), want.Replayed)
	equal("a creation", do(http.MethodPost, tasks, want.Create, ""), want.Created)
	do(http.MethodPost, "/sim/v1/clock/advance", `{"by":"1h"}`, "")
	for path, answer := range want.After {
		equal(path+", an hour later", do(http.MethodGet, path, "", ""), answer)
	}
}

// openSaved returns a simulator of a copy of testdata/saved-1.
func openSaved(t *testing.T) *simulator.Simulator {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "state"), gunzip(t, "testdata/saved-1/state.gz"), 0o600); err != nil {
		t.Fatal(err)
	}
	sim, err := simulator.New(simulator.Options{Data: dir, Check: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	return sim
}

// A folder that an earlier version wrote has verdicts as English texts. They are told as that version told them.
func TestVerdictsOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	var want map[string]map[string]string // answers by language and path
	if err := json.Unmarshal(gunzip(t, "testdata/saved-1/events.json.gz"), &want); err != nil {
		t.Fatal(err)
	}
	sim := openSaved(t)
	for _, language := range []string{"zh", "en"} {
		if len(want[language]) == 0 {
			t.Errorf("no answers in %s", language)
		}
		for path, answer := range want[language] {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Accept-Language", language)
			w := httptest.NewRecorder()
			sim.ServeHTTP(w, r)
			if diff := cmp.Diff(answer, w.Body.String()); diff != "" {
				t.Errorf("%s in %s: the answer differs from the earlier version's: %s", path, language, diff)
			}
		}
	}
}

func gunzip(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
