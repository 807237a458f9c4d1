package console_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// createLimited creates a task on A100s with further fields, and returns its id.
func (s *site) createLimited(name, zone string, gpus int, fields map[string]any) string {
	s.t.Helper()
	request := map[string]any{
		"taskName": name, "datasetId": "dataset-001", "datasetVersionId": "version-001", "launchMode": "dynamic",
		"resourceConfig": map[string]any{
			"availabilityZone": zone, "gpuType": "A100", "gpuCount": gpus, "cpuCores": gpus, "memory": gpus, "image": "i:1",
		},
	}
	for field, value := range fields {
		request[field] = value
	}
	body, err := json.Marshal(request)
	if err != nil {
		s.t.Fatal(err)
	}
	return call[task](s, "POST", tasks, string(body)).TaskID
}

// preempted makes a task on all A100s of a zone give way to another after a time, and returns the ids of both.
func (s *site) preempted(zone string, gpus int, after time.Duration) (victim, winner string) {
	s.t.Helper()
	victim = s.createLimited("gives way", zone, gpus, map[string]any{
		"priority": "low", "preemptible": true, "maxDuration": 43200, "maxRestarts": 0,
	})
	s.advance(after)
	return victim, s.createLimited("goes first", zone, gpus, map[string]any{"priority": "high"})
}

// The page of a task that gave way says so while it waits, and in both languages; its events and those of the other name each
// other. When it starts again, its phases are those of the new start.
func TestPreemption(t *testing.T) {
	s := open(t)
	victim, winner := s.preempted("az-bj-a", 32, 30*time.Minute)
	events := func(of, to string) (texts []string) {
		t.Helper()
		return browsertest.Eval[[]string](s.Tab, fmt.Sprintf(`[...document.querySelectorAll("#job-timeline a")]
			.filter((a) => a.getAttribute("href") === "/training-jobs/%s" && a.textContent === %q)
			.map((a) => a.closest(".what").textContent)`, to, to))
	}
	for _, c := range []struct{ language, state, reason, why, winner, facts string }{
		{
			"zh", "排队中", "让位于优先级更高的任务", "任务从检查点重新启动：让位于优先级更高的任务：" + winner, "已选定节点并占用 GPU：取代 " + victim,
			"已让位1 次 优先级低 最长时间12 小时 最多重启次数0 可抢占是",
		}, {
			"en", "queued", "it gave way to a task of a higher priority",
			"the task restarts, from its last checkpoint if it has one: it gave way to a task of a higher priority: " + winner,
			"nodes were chosen and their GPUs held: in the place of " + victim,
			"Preemptions1 PriorityLow Max duration12 h Max restarts0 PreemptibleYes",
		},
	} {
		s.Go("/training-jobs/" + victim)
		s.Choose("#language", c.language)
		s.WaitText("#job-state [data-key=status]", c.state)
		s.WaitText("#job-state .why", c.reason)
		s.WaitText("#job-timeline", winner)
		equal(t, c.language+": why it waits", strings.Join(events(victim, winner), "|"), c.why)
		for i, p := range s.phases() {
			equal(t, phaseNames[i], p.State, "waits")
		}
		facts := browsertest.Eval[string](s.Tab, `[...document.querySelectorAll("#job-facts dt")]
			.map((dt) => dt.textContent + dt.nextElementSibling.textContent).join(" ")`)
		if !strings.Contains(facts, c.facts) {
			t.Errorf("%s: the facts are %q, want %q among them", c.language, facts, c.facts)
		}
		for _, line := range []string{`priority           = "low"`, `max_duration       = "12h"`, `max_restarts       = 0`,
			`preemptible        = true`} {
			s.WaitText("#terraform", line)
		}
		s.Go("/training-jobs/" + winner)
		s.WaitText("#job-timeline", victim)
		equal(t, c.language+": whose place it took", strings.Join(events(winner, victim), "|"), c.winner)
	}
	s.Click("#job-timeline a")
	s.WaitPath("/training-jobs/" + victim)
	s.WaitText("#job-spans", "queued")
	s.stay()
	call[any](s, "POST", tasks+"/"+winner+"/stop", "")
	s.WaitText("#job-spans", "start number 2")
	s.advance(30 * time.Minute)
	s.WaitText("#job-spans", "training")
	s.WaitText("#job-spans", "start number 2")
	equal(t, "the last phase", s.phases()[4].State, "done")
	s.stayed()
}

// A task that reached its longest time says so.
func TestMaxDurationReached(t *testing.T) {
	s := open(t)
	id := s.createLimited("short", "az-bj-a", 1, map[string]any{"maxDuration": 600})
	s.advance(time.Hour)
	s.Go("/training-jobs/" + id)
	s.WaitText("#job-state", "已达到最长时间")
	s.WaitText("#job-timeline", "已达到最长时间")
}

// The list marks tasks of another than the normal priority, and those that may have to give way.
func TestMarksInTheList(t *testing.T) {
	s := open(t)
	victim, winner := s.preempted("az-bj-a", 32, 30*time.Minute)
	plain := s.create("plain", "az-bj-b", "A100", 1)
	for language, want := range map[string][3]string{
		"zh": {victim + " · 低优先级 · 可抢占", winner + " · 高优先级", plain},
		"en": {victim + " · low priority · preemptible", winner + " · high priority", plain},
	} {
		s.Go("/training-jobs")
		s.Choose("#language", language)
		s.WaitText("#jobs", want[0])
		got := browsertest.Eval[[]string](s.Tab, `[...document.querySelectorAll("#jobs .id")].map((e) => e.textContent).sort()`)
		equal(t, language, strings.Join(got, "|"), strings.Join(want[:], "|"))
	}
	s.Resize(375, 800)
	s.Wait(`document.documentElement.scrollWidth <= innerWidth`)
}

// On the cluster's timeline, the bar of a task that gave way is one that stopped, not a failure.
func TestPreemptionOnTheTimeline(t *testing.T) {
	s := open(t)
	victim, winner := s.preempted("az-bj-a", 32, 30*time.Minute)
	s.advance(10 * time.Minute)
	s.Go("/cluster?window=1h&zone=az-bj-a")
	s.Wait(shows("stopped") + " && " + shows("running"))
	browsertest.Eval[any](s.Tab, `document.querySelector("#timeline canvas").focus()`)
	s.Press(browsertest.Down)
	s.WaitText("#timeline-detail", victim+" · gives way · 队列 北京可用区A · 等待")
	s.Press(browsertest.Down)
	s.WaitText("#timeline-detail", winner+" · goes first · az-bj-a-a100-01 · 占用中")
	s.Press(browsertest.Left)
	s.WaitText("#timeline-detail", victim+" · gives way · az-bj-a-a100-01 · 已停止 · 2024-12-08 10:00:00 UTC 起 30 分 · 让位于优先级更高的任务")
}
