package console_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var screenshots = flag.Bool("screenshots", false, "write the pictures of the pages that the README shows")

// allPictures is the maximum total size of the README's screenshots in bytes.
const allPictures = 1_500_000

// The README's screenshots can be taken and are small. With -screenshots they are written.
func TestScreenshots(t *testing.T) {
	s := open(t)
	s.Media("prefers-color-scheme", "light")
	sum := 0
	shoot := func(name string) {
		t.Helper()
		s.Scroll(0)
		picture := s.Screenshot()
		sum += len(picture)
		if len(picture) < 10_000 {
			t.Errorf("the picture of %s has %d bytes", name, len(picture))
		}
		if !*screenshots {
			return
		}
		if err := os.WriteFile(filepath.Join("screenshots", name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := s.livelyDay()
	in := func(language, theme string) {
		t.Helper()
		s.Go("/training-jobs")
		s.Choose("#language", language)
		s.Wait(`document.documentElement.lang.startsWith("` + language + `") && document.readyState === "complete"`)
		s.Choose("#theme", theme)
	}
	create := func(name string) {
		t.Helper()
		s.Go(createPage)
		s.WaitText("#environment-list", "pytorch-dev-env")
		s.dataset(name)
		s.Choose("#model", "model-001")
	}
	estimated := func() {
		t.Helper()
		s.WaitText("#estimate-facts", "CNY")
		s.Wait(`!document.querySelector("#estimate").hasAttribute("aria-busy")`)
		s.Wait("document.getAnimations().length === 0")
	}
	s.Resize(1280, 900)
	in("zh", "light")
	create("llama2-sft-training-v3")
	estimated()
	shoot("create-zh")
	s.Resize(375, 812)
	estimated()
	shoot("create-375")

	s.Resize(1280, 900)
	in("en", "light")
	create("llama2-sft-training-v3")
	s.zone("az-bj-a")
	s.Fill("#gpu-count", "16")
	s.WaitText("#verdict", "queues")
	estimated()
	shoot("create-en")
	s.Resize(1280, 990)
	s.Go("/cluster")
	s.WaitText("#zones", "T4")
	s.WaitText("#timeline-to", "UTC")
	s.Wait(`document.querySelector("#use-from").textContent !== ""`)
	shoot("cluster")

	s.Resize(1280, 800)
	in("en", "dark")
	s.Go("/training-jobs/" + run)
	s.Wait(`document.querySelector("#job-cost .equal").textContent !== "" && document.querySelector("#job-loss path") !== null`)
	shoot("run-dark")
	if sum > allPictures {
		t.Errorf("the pictures have %d bytes together, want at most %d", sum, allPictures)
	}
}

// livelyDay simulates some hours of the cluster with various trainings, queues and a failing node. It returns the id of
// a running task.
func (s *site) livelyDay() (run string) {
	s.t.Helper()
	for _, task := range []struct {
		minutes       time.Duration // since the previous one
		name, gpuType string
		gpus          int
		failsIn       time.Duration // minutes until its node fails
	}{
		{0, "llama2-sft-training-v1", "A100", 8, 0}, {4, "bert-large-ablation", "V100", 8, 0}, {6, "resnet-50-baseline", "A100", 4, 0},
		{10, "code-instructions", "A100", 8, 14}, {5, "reward-model", "V100", 16, 0}, {5, "llama2-pretrain", "A100", 16, 0},
		{15, "llama2-sft-training-v2", "A100", 8, 0},
		{10, "vision-sweep", "V100", 4, 0}, {5, "llama2-dpo", "A100", 8, 0}, {20, "notebook-export", "V100", 8, 0},
		{5, "code-instructions-2", "A100", 16, 0}, {10, "llama2-70b-pretrain", "A100", 24, 0},
	} {
		s.advance(task.minutes * time.Minute)
		id := s.create(task.name, "az-bj-a", task.gpuType, task.gpus)
		if task.failsIn == 0 {
			continue
		}
		s.advance(task.failsIn * time.Minute)
		for _, node := range call[struct{ Nodes []string }](s, "GET", tasks+"/"+id, "").Nodes {
			call[any](s, "POST", "/sim/v1/nodes/"+node+"/fail", "")
			s.advance(6 * time.Minute)
			call[any](s, "POST", "/sim/v1/nodes/"+node+"/restore", "")
		}
	}
	call[any](s, "POST", tasks, `{"taskName":"notebook-trial","datasetId":"dataset-001","datasetVersionId":"version-001",`+
		`"environmentId":"env-001"}`)
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-v100-04/drain", "")
	s.advance(15 * time.Minute)
	for _, task := range call[[]struct {
		TaskID, Status, LaunchMode string
		Progress                   float64
	}](s, "GET", tasks, "") {
		if task.Status == "running" && task.LaunchMode == "dynamic" && task.Progress > 0.3 {
			run = task.TaskID
		}
	}
	return run
}
