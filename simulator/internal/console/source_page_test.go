package console_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// sourcePage lists the texts of the page from top to bottom, in mode existing with the first environment and in mode
// dynamic with the first zone. The Chinese texts are those of the source document, character by character.
var sourcePage = map[string]struct{ existing, dynamic []string }{
	"zh": {
		[]string{
			"← 返回", "⚡ 发起训练任务", "选择使用现有开发环境或动态创建新资源",
			"基本信息", "任务名称", "数据集", "模型", "描述",
			"资源配置", "🐳 使用现有开发环境", "3 个可用", "复用已创建的开发环境，快速启动，无需等待资源分配",
			"✨ 动态创建资源", "推荐", "根据需求选择可用区和节点配置，系统自动分配最优资源",
			"pytorch-dev-env", "Jupyter", "运行中", "📍", "北京可用区A", "💾", "pytorch", "🎮", "2x A100", "⏱️", "5天3小时",
			"PyTorch", "CUDA 12.1", "Jupyter",
			"配置摘要", "✓ 使用现有环境", "环境名称", "pytorch-dev-env", "GPU", "2x A100", "CPU", "16 核",
			"内存", "128 GB", "可用区", "北京可用区A",
			"✅ 快速启动，预计 10 秒内开始训练",
			"💡 温馨提示", "现有环境可立即启动", "动态创建分配最优资源", "自动挂载数据集和模型",
			"▶ 创建并启动训练", "取消",
		},
		[]string{
			"资源配置", "使用现有开发环境", "动态创建资源",
			"可用区", "北京可用区A", "GPU类型", "A100", "推荐", "(80GB · 高性能)", "V100", "(32GB · 标准性能)", "T4", "(16GB · 入门级)",
			"RTX3090", "(24GB · 性价比)", "GPU数量", "卡", "CPU核心", "核", "内存", "GB", "训练镜像",
			"配置摘要", "✨ 动态创建资源", "可用区", "北京可用区A", "GPU", "4x A100", "CPU", "32 核", "内存", "256 GB",
			"ℹ️ 预计 2-5 分钟完成资源分配", "💡 温馨提示", "▶ 创建并启动训练", "取消",
		},
	},
	"en": {
		[]string{
			"← Back", "⚡ Launch a training task", "Use an existing development environment, or create new resources dynamically",
			"Basics", "Task name", "Dataset", "Model", "Description",
			"Resources", "🐳 Use an existing environment", "3 available", "Reuse an environment that exists already",
			"✨ Create resources dynamically", "Recommended", "Choose a zone and a node shape",
			"pytorch-dev-env", "Jupyter", "Running", "📍", "北京可用区A", "💾", "pytorch", "🎮", "2x A100", "⏱️", "5 d 3 h",
			"PyTorch", "CUDA 12.1", "Jupyter",
			"Summary", "✓ Use an existing environment", "Environment", "pytorch-dev-env", "GPU", "2x A100", "CPU", "16 cores",
			"Memory", "128 GB", "Zone", "北京可用区A", "✅ A quick start: training is expected to begin within 10 s",
			"💡 Tips", "An existing environment starts at once", "Dynamic creation allocates the best resources",
			"Dataset and model are mounted automatically", "▶ Create and start training", "Cancel",
		},
		[]string{
			"Resources", "Use an existing environment", "Create resources dynamically",
			"Zone", "北京可用区A", "GPU type", "A100", "Recommended", "(80GB · high performance)", "V100", "(32GB · standard)",
			"T4", "(16GB · entry)", "RTX3090", "(24GB · value)", "GPUs", "CPU cores", "cores", "Memory", "GB", "Training image",
			"Summary", "✨ Create resources dynamically", "Zone", "北京可用区A", "GPU", "4x A100", "CPU", "32 cores", "Memory", "256 GB",
			"ℹ️ Resources are expected to be allocated in 2-5 minutes", "💡 Tips", "▶ Create and start training", "Cancel",
		},
	},
}

// inOrder fails the test if the page doesn't show the strings in this order.
func (s *site) inOrder(want []string) {
	s.t.Helper()
	words := s.Words("main")
	rest := words
	for i, text := range want {
		_, after, found := strings.Cut(rest, text)
		if !found {
			s.t.Errorf("no %q behind %q in %s", text, want[:i], words)
			return
		}
		rest = after
	}
}

func TestSourcePage(t *testing.T) {
	for _, width := range []int64{1280, 375} {
		for lang, want := range sourcePage {
			t.Run(fmt.Sprintf("%s at %d", lang, width), func(t *testing.T) {
				s := open(t)
				s.Resize(width, 900)
				s.Go("/no-such-page")
				s.Tolerate("status of 404")
				s.Choose("#language", lang)
				s.Wait(fmt.Sprintf("document.documentElement.lang.startsWith(%q)", lang))
				s.Go(createPage)
				s.WaitText("#summary", "pytorch-dev-env")
				s.WaitText("#running-count", "3")
				s.inOrder(want.existing)
				equal(t, "the image under the pointer", browsertest.Eval[string](s.Tab,
					`document.querySelector(".environment .image").title`), "pytorch/pytorch:2.1.0-cuda12.1")
				if width == 1280 {
					equal(t, "the source's page is seen first", browsertest.Eval[bool](s.Tab,
						`document.querySelector("#cancel").getBoundingClientRect().bottom < innerHeight
							&& document.querySelector(".environment").getBoundingClientRect().bottom < innerHeight`), true)
				}
				equal(t, "badges at the right", browsertest.Eval[bool](s.Tab, `[...document.querySelectorAll(".mode")].every((card) => {
					const [dot, title, badge] = [".dot", "strong", ".badge"]
						.map((part) => card.querySelector(part).getBoundingClientRect());
					return dot.right <= title.left && title.right <= badge.left && card.getBoundingClientRect().right - badge.right < 20;
				})`), true)

				s.zone("az-bj-a")
				s.WaitText("#summary", "4x A100")
				s.inOrder(want.dynamic)
				equal(t, "the form's figures", browsertest.Eval[string](s.Tab,
					`["gpu-count", "cpu-cores", "memory"].map((id) => document.getElementById(id).value).join(" ")`), "4 32 256")
				equal(t, "the image", strings.HasPrefix(s.Text("#image option:checked"), "PyTorch 2.1.0 (CUDA 12.1)"), true)
				// With a dataset, the forecast agrees with the source document.
				s.dataset("n")
				s.WaitText("#estimate-facts", "CNY")
				s.inOrder(want.dynamic)
			})
		}
	}
}

// Back and cancel lead to the page that the user came from or, from elsewhere, to the list.
func TestBack(t *testing.T) {
	s := open(t)
	s.Go(createPage)
	equal(t, "from nowhere", browsertest.Eval[string](s.Tab, `document.querySelector("#back").pathname`), "/training-jobs")
	s.Go("/cluster")
	s.Click(`.top nav a[href="/training/create"]`)
	s.WaitPath(createPage)
	s.WaitText("#summary", "pytorch-dev-env")
	s.Click("#cancel")
	s.WaitPath("/cluster")
}

func TestBatch(t *testing.T) {
	t.Run("count", func(t *testing.T) {
		s := open(t)
		s.Go(createPage)
		s.WaitText("#summary", "pytorch-dev-env")
		s.dataset("sweep")
		s.zone("az-bj-a")
		s.Fill("#gpu-count", "16")
		s.Click("#more summary")
		s.Fill("#batch-count", "101")
		s.Click("#create")
		s.WaitText("#form-error", "1 到 100")
		s.wantNothingSubmitted()
		s.Fill("#batch-count", "3")
		s.WaitText("#batch-preview", "将创建 3 个任务：sweep-1, sweep-2, sweep-3")
		s.WaitText("#terraform", "for_each = toset([")
		s.WaitText("#estimate-facts", "3 个任务合计")
		s.Click("#create")
		s.WaitText("#message", "共 3 个任务")
		s.WaitText("#message", "1 个任务已进入 北京可用区A 的队列")
		s.WaitPath("/training-jobs")
		equal(t, "tasks", names(s.tasks()), "sweep-1 sweep-2 sweep-3")
		equal(t, "calls", len(call[[]any](s, "GET", "/sim/v1/requests?method=POST&path="+tasks+"/batch", "")), 1)
	})
	t.Run("names", func(t *testing.T) {
		s := open(t)
		s.Go(createPage)
		s.WaitText("#summary", "pytorch-dev-env")
		s.Choose("#dataset", "dataset-001")
		s.Click("#more summary")
		s.Fill("#batch-names", "first\n\n second ")
		s.Click("#create")
		s.WaitText("#message", "使用环境: pytorch-dev-env")
		s.WaitPath("/training-jobs")
		equal(t, "tasks", names(s.tasks()), "first second")
	})
	t.Run("a mistake in one", func(t *testing.T) {
		s := open(t)
		s.Tolerate("status of 422")
		s.Go(createPage)
		s.WaitText("#summary", "pytorch-dev-env")
		s.dataset("n")
		s.zone("az-bj-a")
		s.Fill("#gpu-count", "999")
		s.Click("#more summary")
		s.Fill("#batch-count", "2")
		s.Click("#create")
		s.WaitText("#form-error", "超出可用区")
		equal(t, "its field", browsertest.Eval[string](s.Tab, "document.activeElement.id"), "gpu-count")
		equal(t, "tasks", len(s.tasks()), 0)
	})
}

func names(list []task) string {
	var all []string
	for _, t := range list {
		all = append(all, t.TaskName)
	}
	return strings.Join(all, " ")
}
