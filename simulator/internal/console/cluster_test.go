package console_test

import (
	"slices"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// The picture follows nodes, GPUs and queues, and the text beside it says the same.
func TestCluster(t *testing.T) {
	s := open(t)
	s.Go("/cluster")
	s.WaitText("#zones .zone:nth-child(1)", "北京可用区A")
	s.WaitText("#zones .pool:nth-child(1)", "A100 · 4 个节点 · 空闲 32/32")
	s.stay()
	s.create("first", "az-bj-a", "A100", 16)
	s.WaitText("#zones .pool:nth-child(1)", "空闲 16/32 · 占用 16/32")
	s.WaitText("#use-now", "16/896")
	s.WaitText("#use-from", "2024-12-08 10:00:00")
	equal(t, "the chart's end, before time passed", s.Text("#use-to"), "")
	s.advance(time.Hour)
	call[any](s, "DELETE", tasks+"/"+s.create("meanwhile", "az-sz-c", "A100", 1), "")
	s.WaitText("#use-to", "2024-12-08 11:00:00")
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-a100-04/drain", "")
	s.WaitText("#zones .pool:nth-child(1)", "空闲 8/32 · 占用 16/32 · 排空 8/32")
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-a100-03/fail", "")
	s.WaitText("#zones .pool:nth-child(1)", "空闲 0/32 · 占用 16/32 · 排空 8/32 · 故障 8/32")
	waits := s.create("second", "az-bj-a", "A100", 8)
	s.WaitText("#zones .zone:nth-child(1) .queue", "队列：1")
	s.WaitText("#zones .zone:nth-child(1) .queue", waits)

	// The GPUs of a node, by keyboard.
	browsertest.Eval[any](s.Tab, `document.querySelector(".pool canvas").focus()`)
	s.WaitText("#node-name", "az-bj-a-a100-01 · 8 × A100 · 正常")
	s.WaitText("#node", "GPU 0–7 task-001")
	s.Press(browsertest.End)
	s.WaitText("#node-name", "az-bj-a-a100-04 · 8 × A100 · 排空")
	s.Press(browsertest.Left)
	s.WaitText("#node-name", "az-bj-a-a100-03 · 8 × A100 · 故障")
	// The picture has five colors in addition to transparency, so it is not empty.
	colours := browsertest.Eval[int](s.Tab, `(() => {
		const canvas = document.querySelector(".pool canvas");
		const data = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
		return new Set(data).size;
	})()`)
	if colours < 5 {
		t.Errorf("the picture has %d colours, want free, held, draining, failed and none at least", colours)
	}
	s.stayed()
}

func TestClock(t *testing.T) {
	s := open(t)
	s.create("first", "az-bj-a", "A100", 8)
	s.Go("/cluster")
	s.WaitText("#clock-now", "2024-12-08 10:00:00 UTC")
	s.WaitText("#clock-mode", "已暂停")
	next := s.Text("#clock-next")
	s.Click("#clock-step")
	s.Wait(`document.querySelector("#clock-next").textContent !== ` + browsertest.Quoted(next))
	stepped := s.sim.Clock().Now()
	if after := stepped.Sub(start); after <= 0 || after > time.Minute {
		t.Errorf("a step moved the clock by %s", after)
	}
	s.Click("[data-by='10m']")
	s.WaitText("#clock-now", stepped.Add(10*time.Minute).Format(time.DateTime))
	s.Click("[data-until=idle]")
	s.WaitText("#clock-next", "没有待发生的事件")
	equal(t, "status", s.tasks()[0].Status, "succeeded")
	s.create("second", "az-bj-a", "A100", 8)
	for steps := 0; ; steps++ {
		s.Wait(`!document.querySelector("#clock-step").disabled`)
		next := s.Text("#clock-next")
		s.Click("#clock-step")
		s.Wait(`document.querySelector("#clock-next").textContent !== ` + browsertest.Quoted(next))
		if s.Text("#clock-next") == "没有待发生的事件" {
			equal(t, "a step is offered at the end", browsertest.Eval[bool](s.Tab, `!document.querySelector("#clock-step").disabled`), false)
			break
		}
		if steps > 20 {
			t.Fatalf("after %d steps: %s", steps, s.Text("#clock-next"))
		}
	}
	s.Choose("#clock-speed", "3600")
	s.Click("#clock-pause")
	s.WaitText("#clock-mode", "× 3600")
	running := s.Text("#clock-now")
	s.Wait(`document.querySelector("#clock-now").textContent > ` + browsertest.Quoted(running))
	s.Click("#clock-pause")
	s.WaitText("#clock-mode", "已暂停")
	equal(t, "mode", call[struct{ Mode string }](s, "GET", "/sim/v1/clock", "").Mode, "manual")
}

var start = time.Date(2024, 12, 8, 10, 0, 0, 0, time.UTC)

// The picture of 1,200 nodes is updated by redrawing only the nodes that changed.
func TestLargeCluster(t *testing.T) {
	s := open(t, named("large"))
	s.Go("/cluster")
	s.WaitText("#use-now", "（0/8,400")
	s.stay()
	browsertest.Eval[any](s.Tab, `{
		window.browsertestDrawn = 0;
		const drawn = CanvasRenderingContext2D.prototype.fillRect;
		CanvasRenderingContext2D.prototype.fillRect = function (...args) { window.browsertestDrawn++; return drawn.apply(this, args); };
	}`)
	s.create("wide", "az-bj-a", "A100", 800)
	s.WaitText("#use-now", "（800/8,400")
	if drawn := browsertest.Eval[int](s.Tab, "window.browsertestDrawn"); drawn < 800 || drawn > 1600 {
		t.Errorf("a change of 800 GPUs draws %d", drawn)
	}
	call[any](s, "DELETE", tasks+"/task-001", "")
	s.WaitText("#use-now", "（0/8,400")
	s.stayed()
}

// The legend shows every state of a GPU, each with a different shape, so that they can be distinguished without color.
func TestLegend(t *testing.T) {
	s := open(t)
	s.Go("/cluster")
	s.WaitText(".legend:has(.swatch)", "空闲")
	s.Wait(`document.querySelector("canvas.swatch").width === 12`)
	forms := browsertest.Eval[[]string](s.Tab, `[...document.querySelectorAll("canvas.swatch")].map((canvas) =>
		canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 4 === 3).join())`)
	equal(t, "states", len(forms), 5)
	equal(t, "forms", len(slices.Compact(slices.Sorted(slices.Values(forms)))), 5)
}
