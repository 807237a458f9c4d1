package console_test

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// event has the fields of a task's event that the tests read.
type event struct {
	Time                time.Time
	Type, Status, Phase string
}

func (s *site) events(id string) []event {
	s.t.Helper()
	return call[[]event](s, "GET", tasks+"/"+id+"/events", "")
}

// phase is one of the five phases as shown on the page.
type phase struct{ Name, State, Took string }

func (s *site) phases() []phase {
	s.t.Helper()
	return browsertest.Eval[[]phase](s.Tab, `[...document.querySelectorAll("#job-phases li")].map((li) => ({
		Name: li.dataset.key, State: li.dataset.state, Took: li.querySelector(".took").textContent }))`)
}

var phaseNames = []string{"finding_nodes", "allocating_gpus", "pulling_image", "mounting_data", "starting_container"}

// inWords formats a duration as the English page does.
func inWords(d time.Duration) string {
	if d < time.Minute {
		return strconv.FormatFloat(math.Round(d.Seconds()*10)/10, 'f', -1, 64) + " s"
	}
	d = d.Round(time.Second)
	if d%time.Minute == 0 {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
}

// custom defines a scenario that extends the default one.
func custom(yaml string) func(*simulator.Options) {
	return func(o *simulator.Options) { o.Scenario = "extends: default\n" + yaml }
}

// Each of the five phases lasts for the time between its events. One in progress lasts until now, and grows.
func TestRunPhases(t *testing.T) {
	s := open(t)
	s.Go("/training-jobs")
	s.Choose("#language", "en")
	s.Wait(`document.documentElement.lang === "en"`)
	id := s.create("run", "az-bj-a", "A100", 4)
	s.Go("/training-jobs/" + id)
	s.WaitText("#job-phases", "in progress")
	s.stay()
	equal(t, "at first", s.phases()[0], phase{"finding_nodes", "runs", "0 s · in progress"})
	equal(t, "to come", s.phases()[4], phase{"starting_container", "waits", "to come"})
	s.advance(time.Minute)
	s.WaitText("#job-phases li[data-state=runs]", "pulling the image")
	began := s.events(id)
	s.Wait(fmt.Sprintf(`document.querySelector("#job-phases [data-state=runs] .took").textContent === %q`,
		inWords(s.sim.Clock().Now().Sub(began[len(began)-1].Time))+" · in progress"))
	s.advance(20 * time.Minute)
	s.WaitText("#job-spans", "training")
	times := map[string]time.Time{}
	for _, e := range s.events(id) {
		if e.Phase != "" {
			times[e.Phase] = e.Time
		} else if e.Status == "running" {
			times["running"] = e.Time
		}
	}
	for i, name := range phaseNames {
		end := times["running"]
		if i < 4 {
			end = times[phaseNames[i+1]]
		}
		equal(t, name, s.phases()[i], phase{name, "done", inWords(end.Sub(times[name]))})
	}
	s.WaitText("#job-spans", "queued 0 s · start-up "+inWords(times["running"].Sub(times["finding_nodes"]))+
		" · training "+inWords(s.sim.Clock().Now().Sub(times["running"])))
	// The longest phase has the longest bar.
	widths := browsertest.Eval[[]float64](s.Tab,
		`[...document.querySelectorAll("#job-phases .length > span")].map(e => e.getBoundingClientRect().width)`)
	for i, width := range widths {
		if width <= 0 || (i != 2 && width >= widths[2]) {
			t.Errorf("the bars are %v wide; the third stands for the longest phase", widths)
		}
	}
	s.stayed()

	// A task in an environment doesn't find nodes, allocate GPUs or pull an image.
	call[any](s, "POST", tasks, inEnvironment)
	s.Go("/training-jobs/task-002")
	s.WaitText("#job-phases", "in progress")
	s.advance(time.Minute)
	s.WaitText("#job-spans", "training")
	for i, p := range s.phases() {
		state := "done"
		if i < 3 {
			state = "skipped"
		}
		equal(t, p.Name, p.State, state)
	}
}

// A failure in a phase is shown there: a pull that is retried, one that fails, and a start that was stopped.
func TestRunPhasesThatFail(t *testing.T) {
	s := open(t, custom("failures: {pull_error: 1, pull_attempts: 3}\n"))
	id := s.create("fails", "az-bj-a", "A100", 4)
	stops := s.create("is stopped", "az-bj-a", "A100", 4)
	s.advance(time.Second)
	call[any](s, "POST", tasks+"/"+stops+"/stop", "")
	s.advance(5 * time.Hour)
	s.Go("/training-jobs/" + id)
	s.WaitText("#job-state", "失败")
	equal(t, "the pull", s.phases()[2].State, "failed")
	s.WaitText("#job-phases li:nth-child(3)", "失败 · 第 3 次尝试")
	equal(t, "what never came", s.phases()[3], phase{"mounting_data", "skipped", "未执行"})
	s.Go("/training-jobs/" + stops)
	s.WaitText("#job-state", "已停止")
	equal(t, "what was stopped", s.phases()[0], phase{"finding_nodes", "stopped", "1 秒 · 已停止"})
}

// After the failure of a node a task starts again, and its phases are those of the new start.
func TestRunStartsAgain(t *testing.T) {
	s := open(t, custom("failures: {on_node_failure: restart}\n"))
	id := s.create("run", "az-bj-a", "A100", 32)
	s.advance(30 * time.Minute)
	s.Go("/training-jobs/" + id)
	s.WaitText("#job-spans", "训练")
	s.stay()
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-a100-01/fail", "")
	s.WaitText("#job-state", "排队中")
	s.Wait(`document.querySelectorAll("#job-phases [data-state=waits]").length === 5`)
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-a100-01/restore", "")
	s.WaitText("#job-spans", "第 2 次启动")
	s.advance(30 * time.Minute)
	s.WaitText("#job-spans", "训练")
	s.WaitText("#job-spans", "第 2 次启动")
	equal(t, "the last phase", s.phases()[4].State, "done")
	s.stayed()
}

var logged = regexp.MustCompile(`^step (\d+)/200 loss ([\d.]+) tokens/s (\d+)$`)

// The curves show the log. Each point can be read with the pointer, the arrow keys and in a table.
func TestRunCurves(t *testing.T) {
	s := open(t)
	id := s.create("run", "az-bj-a", "A100", 4)
	s.Go("/training-jobs/" + id)
	s.WaitText("#job-curves-none", "训练开始后显示曲线")
	s.stay()
	s.advance(20 * time.Minute)
	s.WaitText("#job-loss", "损失")
	points := func() (steps, losses []string) {
		for _, line := range call[struct{ Lines []string }](s, "GET", tasks+"/"+id+"/logs?tail=1000", "").Lines {
			if m := logged.FindStringSubmatch(line); m != nil {
				loss, err := strconv.ParseFloat(m[2], 64)
				if err != nil {
					t.Fatal(err)
				}
				steps, losses = append(steps, m[1]), append(losses, strconv.FormatFloat(loss, 'f', 3, 64))
			}
		}
		return steps, losses
	}
	steps, losses := points()
	if len(steps) < 10 {
		t.Fatalf("the log has %d steps", len(steps))
	}
	last := len(steps) - 1
	s.WaitText("#job-loss .readout", "第 "+steps[last]+" 步 · ")
	equal(t, "points of the curve", browsertest.Eval[int](s.Tab,
		`document.querySelector("#job-loss path.line").getAttribute("d").split(/[ML]/).length - 1`), len(steps))
	for _, chart := range []string{"#job-loss", "#job-throughput"} {
		s.Click(chart + " summary")
		s.Wait(fmt.Sprintf(`document.querySelectorAll("%s tbody tr").length === %d`, chart, len(steps)))
	}
	rows := browsertest.Eval[[]string](s.Tab,
		`[...document.querySelectorAll("#job-loss tbody tr")].map(tr => tr.innerText.replace(/\s+/g, " ").trim())`)
	for i := range steps {
		equal(t, "row", rows[i], "第 "+steps[i]+" 步 "+losses[i])
	}

	// A pointer at the left end of the axis selects the first point.
	browsertest.Eval[any](s.Tab, `{
		const chart = document.querySelector("#job-loss svg");
		const { left, top } = chart.getBoundingClientRect();
		chart.dispatchEvent(new PointerEvent("pointermove", { clientX: left + 60, clientY: top + 50, bubbles: true }));
	}`)
	s.Wait(`document.querySelector("#job-loss .cursor")`)
	read := s.Text("#job-loss .readout")
	at := strings.Split(read, " · ")
	i := -1
	for n := range steps {
		if at[0] == "第 "+steps[n]+" 步" {
			i = n
		}
	}
	if i < 0 || i == last || at[1] != losses[i] {
		t.Errorf("under the pointer: %q", read)
	}
	browsertest.Eval[any](s.Tab, `document.querySelector("#job-loss svg").dispatchEvent(new PointerEvent("pointerleave"))`)
	equal(t, "without a pointer", s.Text("#job-loss .readout"), "第 "+steps[last]+" 步 · "+losses[last])

	browsertest.Eval[any](s.Tab, `document.querySelector("#job-loss svg").focus()`)
	s.Press(browsertest.Left)
	equal(t, "one to the left", s.Text("#job-loss .readout"), "第 "+steps[last-1]+" 步 · "+losses[last-1])
	s.Press(browsertest.Right)
	equal(t, "and back", s.Text("#job-loss .readout"), "第 "+steps[last]+" 步 · "+losses[last])
	s.Press(browsertest.Left, browsertest.End)
	equal(t, "the end", s.Text("#job-loss .readout"), "第 "+steps[last]+" 步 · "+losses[last])
	label := browsertest.Eval[string](s.Tab, `document.querySelector("#job-loss svg").getAttribute("aria-label")`)
	if !strings.Contains(label, "损失，第 1 步至第 "+steps[last]+" 步") || !strings.Contains(label, losses[last]) {
		t.Errorf("the chart is called %q", label)
	}

	// The chart and the table grow as training continues.
	s.advance(10 * time.Minute)
	more, _ := points()
	for _, chart := range []string{"#job-loss", "#job-throughput"} {
		s.Wait(fmt.Sprintf(`document.querySelectorAll("%s tbody tr").length === %d`, chart, len(more)))
	}
	s.stayed()
	for _, size := range []int64{1920, 375} {
		s.Resize(size, 900)
		s.Wait(`(() => {
			const svg = document.querySelector("#job-loss svg");
			return svg.viewBox.baseVal.width === svg.clientWidth && document.documentElement.scrollWidth <= innerWidth;
		})()`)
	}
}

// estimate has the fields of an estimate that the tests read.
type estimate struct {
	Cost struct {
		Low, Median, High struct{ Amount string }
	}
	StartTime struct{ Median, P90 time.Time }
}

// inEnvironment is a request for a task in an environment.
const inEnvironment = `{"taskName":"n","datasetId":"dataset-001","datasetVersionId":"version-001","modelId":"model-001",` +
	`"launchMode":"existing","environmentId":"env-001"}`

// equalTask is a request for a task like those of TestRunForecast.
const equalTask = `{"taskName":"n","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"dynamic","resourceConfig":{` +
	`"availabilityZone":"az-bj-a","gpuType":"A100","gpuCount":32,"cpuCores":32,"memory":32,"image":"pytorch/pytorch:2.1.0-cuda12.1"}}`

// A queued task shows its expected start, with a bar from the median to the 90th percentile. Every task shows its cost
// beside the estimate for an equal one.
func TestRunForecast(t *testing.T) {
	s := open(t)
	s.create("first", "az-bj-a", "A100", 32)
	s.create("second", "az-bj-a", "A100", 32)
	s.advance(30 * time.Minute)
	want := call[estimate](s, "POST", tasks+"/estimate", equalTask)
	own := call[struct{ EstimatedStartTime time.Time }](s, "GET", tasks+"/task-002", "").EstimatedStartTime
	s.Go("/training-jobs/task-002")
	s.WaitText("#job-start .equal", "九成情况下")
	s.WaitText("#job-start .own", own.Format(time.DateTime)+" UTC")
	for _, at := range []time.Time{want.StartTime.Median, want.StartTime.P90} {
		s.WaitText("#job-start .equal", at.Format(time.DateTime)+" UTC")
	}
	// Times are on the same linear scale.
	bar := browsertest.Eval[struct{ Own, Median, P90 float64 }](s.Tab, `(() => {
		const { left, width } = document.querySelector("#job-start .track").getBoundingClientRect();
		const mark = document.querySelector("#job-start .mark").getBoundingClientRect();
		const band = document.querySelector("#job-start .band").getBoundingClientRect();
		return { Own: (mark.left + mark.width / 2 - left) / width, Median: (band.left - left) / width, P90: (band.right - left) / width };
	})()`)
	now := s.sim.Clock().Now()
	scale := bar.P90 / want.StartTime.P90.Sub(now).Seconds()
	for name, c := range map[string]struct {
		got float64
		at  time.Time
	}{"own": {bar.Own, own}, "median": {bar.Median, want.StartTime.Median}} {
		if place := c.at.Sub(now).Seconds() * scale; math.Abs(c.got-place) > 0.02 {
			t.Errorf("%s is at %.3f of the bar, want %.3f: %+v", name, c.got, place, bar)
		}
	}
	for _, amount := range []string{want.Cost.Low.Amount, want.Cost.Median.Amount, want.Cost.High.Amount} {
		s.Wait(fmt.Sprintf(`document.querySelector("#job-cost .equal").textContent.replaceAll(",", "").includes(%q)`, amount))
	}
	s.WaitText("#job-cost .own", "0.00")

	// A running task has no expected start, and has a part of its cost.
	s.Go("/training-jobs/task-001")
	s.WaitText("#job-cost .equal", "同样的任务预估")
	equal(t, "a running task's start is seen", browsertest.Eval[bool](s.Tab, `document.querySelector("#job-start").checkVisibility()`), false)
	cost := call[struct{ Cost struct{ Amount string } }](s, "GET", tasks+"/task-001", "").Cost.Amount
	s.Wait(fmt.Sprintf(`document.querySelector("#job-cost .own").textContent.replaceAll(",", "").includes(%q)`, cost))
	share := browsertest.Eval[float64](s.Tab, `(() => {
		const track = document.querySelector("#job-cost .track").getBoundingClientRect();
		const mark = document.querySelector("#job-cost .mark").getBoundingClientRect();
		return document.querySelector("#job-cost .fill").getBoundingClientRect().width / (mark.left + mark.width / 2 - track.left);
	})()`)
	spent, err := strconv.ParseFloat(cost, 64)
	if err != nil {
		t.Fatal(err)
	}
	median, err := strconv.ParseFloat(want.Cost.Median.Amount, 64)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(share-spent/median) > 0.03 {
		t.Errorf("the bar shows %.3f of the estimate, want %.3f", share, spent/median)
	}

	// If there can be no equal task, there is no estimate and no error.
	s.Tolerate("status of 409")
	call[any](s, "POST", tasks, inEnvironment)
	s.stop("env-001")
	s.Go("/training-jobs/task-003")
	s.Wait(`/^共 CNY\s0\.00$/.test(document.querySelector("#job-cost .own").textContent)`)
	equal(t, "estimate", s.Text("#job-cost .equal"), "")
}

// The page lists the tasks ahead in the queue, by name, and those that hold the GPUs, and follows their changes.
func TestRunWaitsFor(t *testing.T) {
	s := open(t)
	holder := s.create("the holder", "az-bj-a", "A100", 30)
	s.create("of another zone", "az-sh-a", "A100", 1)
	s.create("of another type", "az-bj-a", "V100", 1)
	var before []string
	for i := range 12 {
		before = append(before, s.create(fmt.Sprintf("before-%02d", i), "az-bj-a", "A100", 32))
	}
	id := s.create("the one", "az-bj-a", "A100", 16)
	s.create("behind", "az-bj-a", "A100", 32)
	s.Go("/training-jobs/" + id)
	s.WaitText("#waiting-holders", "the holder")
	s.WaitText("#waiting-room", "需要 16 个 A100，北京可用区A空闲 2 个")
	s.WaitText("#waiting-nodes", "8 个 GPU 中有 0 个空闲")
	s.WaitText("#waiting-ahead-title", "排在前面：12")
	s.WaitText("#waiting-ahead li:nth-child(1)", "before-00")
	s.WaitText("#waiting-ahead-more", "另有 2 个")
	s.WaitText("#waiting-holders-title", "占用 A100 的任务：1")
	for _, wrong := range []string{"another", "behind"} {
		if text := s.Text("#job-waiting"); strings.Contains(text, wrong) {
			t.Errorf("it waits for %s: %s", wrong, text)
		}
	}
	equal(t, "links", browsertest.Eval[string](s.Tab,
		`document.querySelector("#waiting-holders a").getAttribute("href")`), "/training-jobs/"+holder)
	s.stay()
	for _, one := range before[:11] {
		call[any](s, "DELETE", tasks+"/"+one, "")
	}
	s.WaitText("#waiting-ahead-title", "排在前面：1")
	s.Wait(`document.querySelectorAll("#waiting-ahead li").length === 1`)
	s.Wait(`!document.querySelector("#waiting-ahead-more").checkVisibility()`)
	call[any](s, "DELETE", tasks+"/"+before[11], "")
	call[any](s, "DELETE", tasks+"/"+holder, "")
	s.WaitText("#job-state", "分配资源")
	s.Wait(`!document.querySelector("#job-waiting").checkVisibility()`)
	s.stayed()
}

// Jobs of other users, which are not in the list of tasks, are counted.
func TestRunWaitsForOthers(t *testing.T) {
	s := open(t, named("busy"))
	id := s.create("the one", "az-bj-a", "A100", 32)
	s.create("behind", "az-bj-a", "A100", 32)
	position := call[struct{ QueuePosition int }](s, "GET", tasks+"/"+id, "").QueuePosition
	if position < 2 {
		t.Fatalf("it is number %d in the queue", position)
	}
	s.Go("/training-jobs/" + id)
	s.WaitText("#waiting-ahead-title", fmt.Sprintf("排在前面：%d", position-1))
	s.WaitText("#waiting-ahead-more", fmt.Sprintf("其他用户 %d 个", position-1))
}

// The page of a task can open the form with its configuration.
func TestRunIsDuplicated(t *testing.T) {
	s := open(t)
	id := s.create("the original", "az-bj-a", "A100", 2)
	s.Go("/training-jobs/" + id)
	s.WaitText("#job-actions", "复制任务")
	s.Click("#job-duplicate")
	s.WaitPath(createPage)
	equal(t, "from", browsertest.Eval[string](s.Tab, "location.search"), "?from="+id)
}

// Datasets, models and zones are shown by name, on a page as wide as the window.
func TestRunNames(t *testing.T) {
	s := open(t)
	call[any](s, "POST", tasks, inEnvironment)
	s.create("dynamic", "az-bj-a", "A100", 2)
	s.Go("/training-jobs/task-001")
	dataset := call[struct{ Name string }](s, "GET", "/api/v1/datasets/dataset-001", "").Name
	model := call[struct{ Name string }](s, "GET", "/api/v1/models/model-001", "").Name
	if dataset == "" || model == "" {
		t.Fatalf("the dataset is called %q, the model %q", dataset, model)
	}
	s.WaitText("#job-facts", dataset+" (dataset-001) · version-001")
	s.WaitText("#job-facts", model+" (model-001)")
	s.WaitText("#job-facts", "pytorch-dev-env (env-001)")
	s.WaitText("#job-facts", "2024-12-08 10:00:00 UTC（刚刚）")
	s.Go("/training-jobs/task-002")
	s.WaitText("#job-facts", "北京可用区A · 2 × A100 (az-bj-a)")
	s.Resize(1920, 1080)
	if right := browsertest.Eval[float64](s.Tab, `document.querySelector("#job").getBoundingClientRect().right`); right < 1880 {
		t.Errorf("of 1920 pixels the page ends at %v", right)
	}
}

// The parts of the page that are not text have enough contrast, while the task waits and while it trains.
func TestRunContrast(t *testing.T) {
	s := open(t)
	s.create("runs", "az-bj-a", "A100", 32)
	s.create("waits", "az-bj-a", "A100", 32)
	s.advance(30 * time.Minute)
	for _, theme := range []string{"light", "dark"} {
		s.Media("prefers-color-scheme", theme)
		for path, last := range map[string]string{"/training-jobs/task-001": "#job-loss text", "/training-jobs/task-002": "#waiting-holders a"} {
			s.Go(path)
			s.Wait(fmt.Sprintf(`document.querySelector(%q) && document.querySelector("#job-cost .equal").textContent !== ""`, last))
			seen := browsertest.Eval[struct {
				Count int
				Weak  []string
			}](s.Tab, contrasts)
			if seen.Count < 20 || len(seen.Weak) > 0 {
				t.Errorf("%s, %s: of %d contrasts these are weak: %q", path, theme, seen.Count, seen.Weak)
			}
		}
	}
}
