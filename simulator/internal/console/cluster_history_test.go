package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// value returns the selector of the value of a chart, by its position on the page.
func value(place int) string { return fmt.Sprintf(".charts figure:nth-child(%d) .value", place) }

// point moves the pointer to a fraction of a chart's width.
func (s *site) point(tab *browsertest.Tab, place int, part float64) {
	s.t.Helper()
	browsertest.Eval[any](tab, fmt.Sprintf(`{
		const canvas = document.querySelector(".charts figure:nth-child(%d) canvas");
		const { left, top, width, height } = canvas.getBoundingClientRect();
		canvas.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: left + width * %g, clientY: top + height / 2 }));
	}`, place, part))
}

// The charts show what the API recorded, at every point, and also in a tab that was opened later.
func TestCharts(t *testing.T) {
	s := open(t)
	s.Go("/cluster?window=1h&zone=az-bj-a&gpuType=A100")
	s.WaitText(value(1), "尚无记录")
	s.stay()
	s.create("first", "az-bj-a", "A100", 16)
	s.advance(time.Minute)
	s.create("second", "az-bj-a", "A100", 32)
	s.advance(2 * time.Minute)
	s.create("elsewhere", "az-sz-c", "A100", 8)
	for i, tab := range []*browsertest.Tab{s.Tab, s.Fresh()} {
		if i == 1 {
			tab.Go("/cluster?window=1h&zone=az-bj-a&gpuType=A100")
		}
		tab.WaitText(value(1), "50%")
		tab.WaitText(value(2), "1")
		tab.WaitText(value(4), "588.80/小时")
		s.point(tab, 2, 0.1)
		tab.WaitText(value(2), "0 · 2024-12-08 10:00:00 UTC 起 1 分")
		s.point(tab, 2, 0.5)
		tab.WaitText(value(2), "1 · 2024-12-08 10:01:00 UTC 起 1 分")
		s.point(tab, 4, 0.99)
		tab.WaitText(value(4), "588.80/小时 · 2024-12-08 10:02:00 UTC 起 1 分")
		// The arrow keys move from step to step, and the accessible name contains the value.
		browsertest.Eval[any](tab, `document.querySelector(".charts canvas").focus()`)
		tab.Press(browsertest.Left)
		tab.WaitText(value(1), "50% · 2024-12-08 10:01:00 UTC")
		tab.Wait(`document.querySelector(".charts canvas").ariaLabel.includes("50% · 2024-12-08 10:01:00 UTC")`)
		tab.Press(browsertest.Left, browsertest.Left, browsertest.Left)
		tab.WaitText(value(1), "2024-12-08 10:00:00 UTC")
		browsertest.Eval[any](tab, `document.activeElement.blur()`)
		tab.Wait(`!document.querySelector(".charts .value").textContent.includes("UTC")`)
	}
	s.Choose("#view-zone", "")
	s.WaitText(value(1), "13%") // 16 of 128 A100s
	s.stayed()
}

// shows returns a script that reports whether the timeline has the color of a kind in the legend.
func shows(kind string) string {
	return fmt.Sprintf(`(() => {
		const want = getComputedStyle(document.querySelector("canvas.kind[data-kind=%s]")).color.match(/[\d.]+/g).slice(0, 3).join();
		const canvas = document.querySelector("#timeline canvas");
		const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
		[copy.canvas.width, copy.canvas.height] = [canvas.width, canvas.height];
		copy.drawImage(canvas, 0, 0);
		const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
		for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255 && data.slice(i, i + 3).join() === want) return true;
		return false;
	})()`, kind)
}

// The timeline has a lane for each node, bars for tasks, waits and failures, and a mark for now.
func TestTimeline(t *testing.T) {
	s := open(t)
	s.Go("/cluster?window=1h&zone=az-bj-a")
	s.WaitText("#timeline-count", "0 段")
	s.stay()
	for _, kind := range []string{"running", "waits", "failure"} {
		equal(t, "at the start, "+kind, browsertest.Eval[bool](s.Tab, shows(kind)), false)
	}
	s.create("first", "az-bj-a", "A100", 32)
	s.advance(10 * time.Minute)
	s.Wait(shows("running"))
	s.create("second", "az-bj-a", "A100", 32)
	s.advance(10 * time.Minute)
	s.Wait(shows("waits"))
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-a100-02/fail", "")
	s.advance(10 * time.Minute)
	s.Wait(shows("failure") + " && " + shows("failed"))
	s.WaitText("#timeline-to", "10:30:00 UTC")
	s.Resize(1920, 1080)
	s.Wait(`document.querySelector("#timeline canvas").getBoundingClientRect().width > 1800`)
	s.Resize(1280, 900)
	s.Wait(`document.querySelector("#timeline canvas").getBoundingClientRect().width < 1280`)

	// By keyboard: the queue comes first, then the nodes.
	browsertest.Eval[any](s.Tab, `document.querySelector("#timeline canvas").focus()`)
	s.Press(browsertest.Down)
	s.WaitText("#timeline-detail", "task-002 · second · 队列 北京可用区A · 等待 · 等待 20 分")
	s.Press(browsertest.Down)
	s.WaitText("#timeline-detail", "task-001 · first · az-bj-a-a100-01 · 失败 · 2024-12-08 10:00:00 UTC 起 20 分 · 节点故障")
	equal(t, "the link", browsertest.Eval[string](s.Tab, `document.querySelector("#timeline-detail a").getAttribute("href")`),
		"/training-jobs/task-001")
	// The last lane is not visible at first.
	s.Press(browsertest.End)
	s.WaitText("#timeline-detail", "az-bj-a-t4-32 · 正常")
	s.Wait(`document.querySelector("#timeline").scrollTop > 0`)
	// By pointer: in the second lane, a quarter of the way.
	s.Press(browsertest.Home)
	browsertest.Eval[any](s.Tab, `{
		document.querySelector("#timeline").scrollTop = 0;
		const { left, top, width } = document.querySelector("#timeline canvas").getBoundingClientRect();
		document.querySelector("#timeline canvas").dispatchEvent(new PointerEvent("pointermove", {
			clientX: left + 150 + (width - 160) / 4, clientY: top + 36,
		}));
	}`)
	s.WaitText("#timeline-detail", "task-001 · first · az-bj-a-a100-01")
	s.stayed()
	s.Press("\r")
	s.WaitPath("/training-jobs/task-001")
}

// Zone, GPU type, window and node are in the URL, and opening it shows the same view.
func TestClusterViewIsInTheAddress(t *testing.T) {
	s := open(t)
	s.Go("/cluster")
	s.WaitText("#zones .zone:nth-child(2)", "北京可用区B")
	s.Choose("#view-zone", "az-bj-b")
	s.Choose("#view-gpu-type", "A100")
	s.Choose("#view-window", "7d")
	s.Wait(`document.querySelectorAll("#zones .zone").length === 1`)
	equal(t, "pools", browsertest.Eval[int](s.Tab, `document.querySelectorAll("#zones .pool").length`), 1)
	browsertest.Eval[any](s.Tab, `document.querySelector(".pool canvas").focus()`)
	s.Press(browsertest.End)
	s.WaitText("#node-name", "az-bj-b-a100-02")
	address := browsertest.Eval[string](s.Tab, `location.pathname + location.search`)
	equal(t, "the address", address, "/cluster?zone=az-bj-b&gpuType=A100&window=7d&node=az-bj-b-a100-02")
	other := s.Fresh()
	other.Go(address)
	other.WaitText("#node-name", "az-bj-b-a100-02")
	other.Wait(`document.querySelectorAll("#zones .zone").length === 1 && document.querySelector("#view-window").value === "7d"`)
	other.Wait(`document.querySelector("#view-zone").value === "az-bj-b" && document.querySelector("#view-gpu-type").value === "A100"`)
	// Values that don't exist are ignored.
	other.Go("/cluster?zone=nowhere&node=none&window=9y")
	other.WaitText("#zones .zone:nth-child(2)", "北京可用区B")
	other.Wait(`location.search === ""`)
}

// Pausing and resuming keep the clock's mode, whoever does it.
func TestPauseKeepsTheMode(t *testing.T) {
	for _, mode := range []simulator.Mode{simulator.Auto, simulator.Realtime} {
		t.Run(string(mode), func(t *testing.T) {
			s := open(t, func(o *simulator.Options) { o.Clock, o.Speed = mode, 60 })
			read := func() string {
				return call[struct{ Mode string }](s, "GET", "/sim/v1/clock", "").Mode
			}
			s.Go("/cluster")
			s.Wait(`document.querySelector("#clock-mode").textContent !== ""`)
			s.Click("#clock-pause")
			s.WaitText("#clock-mode", "已暂停")
			equal(t, "paused", read(), "manual")
			other := s.Fresh()
			other.Go("/cluster")
			other.WaitText("#clock-mode", "已暂停")
			other.Click("#clock-pause")
			other.WaitText("#clock-mode", map[simulator.Mode]string{simulator.Auto: "自动", simulator.Realtime: "× 60"}[mode])
			equal(t, "going on", read(), string(mode))
		})
	}
}

// Charts and timeline are also in English, and fit on a phone.
func TestClusterInEnglishOnAPhone(t *testing.T) {
	s := open(t)
	s.create("first", "az-bj-a", "A100", 32)
	s.create("second", "az-bj-a", "A100", 32)
	s.advance(10 * time.Minute)
	s.Resize(375, 667)
	s.Go("/cluster?window=1h")
	s.Choose("#language", "en")
	s.WaitText(value(4), "per hour")
	s.WaitText("#timeline-count", "runs: 2")
	browsertest.Eval[any](s.Tab, `document.querySelector("#timeline canvas").focus()`)
	s.Press(browsertest.Down)
	s.WaitText("#timeline-detail", "task-002 · second · queue 北京可用区A · waiting · waited 10 min")
	for _, text := range []string{"Environments", "Faults", "Scenario", "Reset cluster", "Queue length", "Cost of tasks"} {
		if shown := s.Text("main"); !strings.Contains(shown, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	if got := browsertest.Eval[int](s.Tab, `document.documentElement.scrollWidth`); got > 375 {
		t.Errorf("the page is %d pixels wide", got)
	}
	small := browsertest.Eval[[]string](s.Tab, `[...document.querySelectorAll("main button, main select, main input")].filter((e) => {
		const { width, height } = e.getBoundingClientRect();
		return e.checkVisibility() && (width < 24 || height < 24);
	}).map((e) => e.outerHTML.slice(0, 80))`)
	if len(small) > 0 {
		t.Errorf("these are smaller than 24 pixels: %q", small)
	}
}
