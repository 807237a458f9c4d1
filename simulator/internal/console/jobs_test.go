package console_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// stay marks the page. stayed fails the test if the page was reloaded since.
func (s *site) stay() {
	s.t.Helper()
	browsertest.Eval[any](s.Tab, "window.browsertestStayed = true")
}

func (s *site) stayed() {
	s.t.Helper()
	equal(s.t, "the page is the one from before", browsertest.Eval[any](s.Tab, "window.browsertestStayed"), any(true))
}

// The list is updated by events, and the queue moves up.
func TestJobsAreLive(t *testing.T) {
	s := open(t)
	s.Go("/training-jobs")
	s.WaitText("#jobs-none", "没有训练任务")
	s.stay()
	s.create("first", "az-bj-a", "A100", 32)
	s.WaitText("#jobs", "first")
	s.WaitText("#jobs .state", "分配资源")
	s.create("second", "az-bj-a", "A100", 32)
	s.create("third", "az-bj-a", "A100", 32)
	s.WaitText("#jobs tr:nth-child(1)", "third") // the newest comes first
	s.WaitText("#jobs tr:nth-child(1) .state", "队列第 2 位")
	s.WaitText("#jobs tr:nth-child(2) .state", "队列第 1 位")
	s.advance(20 * time.Second)
	s.WaitText("#jobs tr:nth-child(3) .state", "分配 GPU")
	s.advance(10 * time.Minute)
	s.WaitText("#jobs tr:nth-child(3) .state", "运行中")
	s.advance(30 * time.Minute)
	s.Wait(`document.querySelector("#jobs tr:nth-child(3) progress").value > 0.3`)
	s.Wait(`!document.querySelector("#jobs tr:nth-child(3) .cost").textContent.endsWith(" 0.00")`)
	call[any](s, "DELETE", tasks+"/task-001", "")
	s.WaitText("#jobs tr:nth-child(2) .state", "分配资源")
	s.WaitText("#jobs tr:nth-child(1) .state", "队列第 1 位")
	s.Wait(`document.querySelectorAll("#jobs tr").length === 2`)
	s.stayed()
}

func TestJobsArePagedAndFiltered(t *testing.T) {
	s := open(t)
	for i := range 60 {
		s.create(fmt.Sprintf("task-%02d", i), "az-bj-a", "T4", 4)
	}
	s.Go("/training-jobs")
	s.WaitText("#jobs tr:nth-child(50)", "task-10")
	s.WaitText("#jobs-pager", "第 1/2 页，共 60 项")
	s.Click("#jobs-pager [data-step=on]")
	s.WaitText("#jobs tr:nth-child(10)", "task-00")
	s.Wait(`document.querySelectorAll("#jobs tr").length === 10`)
	s.Click("#jobs-tabs [data-status=queued]")
	s.WaitText("#jobs tr:nth-child(28)", "task-32")
	s.Fill("#filter-name", "task-5")
	s.Wait(`document.querySelectorAll("#jobs tr").length === 10`)
	s.Choose("#filter-mode", "existing")
	s.WaitText("#jobs-none", "没有训练任务")
}

// The page of a task is updated by events, and stops and deletes the task.
func TestJob(t *testing.T) {
	s := open(t)
	s.create("in the way", "az-bj-a", "A100", 30)
	id := s.create("the one", "az-bj-a", "A100", 8)
	s.Go("/training-jobs")
	s.WaitText("#jobs", "the one")
	s.Click("#jobs tr:nth-child(1) a")
	s.WaitPath("/training-jobs/" + id)
	s.WaitText("#job-name", "the one")
	s.WaitText("#job-state", "队列第 1 位")
	s.WaitText("#job-timeline li:nth-child(2) .verdicts", "3 个节点：8 个 GPU 中有 0 个空闲")
	s.stay()
	call[any](s, "DELETE", tasks+"/task-001", "")
	s.WaitText("#job-state", "分配资源")
	s.advance(10 * time.Minute)
	s.WaitText("#job-state", "运行中")
	for _, phase := range []string{"分配 GPU", "拉取镜像", "挂载数据集和模型", "启动训练容器"} {
		s.WaitText("#job-timeline", phase)
	}
	s.WaitText("#job-facts", "az-bj-a-a100-0")
	s.advance(30 * time.Minute)
	const end = `(({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight >= scrollHeight - 4)(
		document.querySelector("#job-log"))`
	s.Wait(`document.querySelector("#job-log").textContent.split("\n").length > 30 && ` + end)
	s.Go("/training-jobs/" + id) // scrolled to the end, also after a reload
	s.Wait(`document.querySelector("#job-log").textContent.split("\n").length > 30 && ` + end)
	s.stay()
	browsertest.Eval[any](s.Tab, `document.querySelector("#job-log").scrollTop = 0`) // scrolling up is respected
	lines := browsertest.Eval[int](s.Tab, `document.querySelector("#job-log").textContent.split("\n").length`)
	s.advance(10 * time.Minute)
	s.Wait(fmt.Sprintf(`document.querySelector("#job-log").textContent.split("\n").length > %d`, lines))
	equal(t, "the log's place", browsertest.Eval[float64](s.Tab, `document.querySelector("#job-log").scrollTop`), 0.0)
	s.WaitText("#terraform", "import {\n  to = fermi_training_task.the_one\n  id = \"task-002\"\n}")

	s.Click("#job-stop")
	s.Click("dialog[open] [value=no]")
	s.Wait(`!document.querySelector("dialog[open]")`)
	equal(t, "status", call[task](s, "GET", tasks+"/"+id, "").Status, "running")
	s.Click("#job-stop")
	s.Click("dialog[open] [value=yes]")
	s.WaitText("#message", "训练任务已停止")
	s.WaitText("#job-state", "已停止")
	s.Wait(`!document.querySelector("#job-stop").checkVisibility()`)
	s.stayed()
	s.Click("#job-delete")
	s.Click("dialog[open] [value=yes]")
	s.WaitPath("/training-jobs")
	s.WaitText("#message", "训练任务已删除")
	s.WaitText("#jobs-none", "没有训练任务")

	s.Tolerate("status of 404")
	s.Go("/training-jobs/" + id)
	s.WaitText("#job-gone", "训练任务不存在：task-002")
}

// A lost connection is shown, and afterwards what happened meanwhile.
func TestLostConnection(t *testing.T) {
	s := open(t)
	s.Tolerate("status of 503|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION|ERR_EMPTY_RESPONSE")
	s.Go("/training-jobs")
	s.WaitText("#jobs-none", "没有训练任务")
	s.stay()
	call[any](s, "POST", "/sim/v1/faults", `{"path":"/api/v1/events","status":503,"count":2}`)
	// All requests for the list must fail: the page makes several, and the browser repeats those that a closed connection
	// lost.
	cut := call[struct{ ID string }](s, "POST", "/sim/v1/faults",
		`{"method":"GET","path":"/api/v1/training-tasks","cut":"before","count":1000}`)
	s.server.CloseClientConnections()
	s.WaitText("#connection", "连接中断")
	s.WaitText("#message", "无法连接到服务器")
	call[any](s, "DELETE", "/sim/v1/faults/"+cut.ID, "")
	s.create("meanwhile", "az-bj-a", "A100", 1)
	s.WaitText("#jobs", "meanwhile")
	s.Wait(`document.querySelector("#connection").hidden && document.querySelector("#message").hidden`)
	s.create("later", "az-bj-a", "A100", 1)
	s.WaitText("#jobs", "later")
	s.stayed()
}
