package provider

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	xlanguage "golang.org/x/text/language"
)

// languageVariable names the environment variable that chooses the language where the provider block doesn't.
const languageVariable = "FERMI_LANGUAGE"

// The languages of messages, as the provider block and the header Accept-Language call them.
const (
	english = "en"
	chinese = "zh"
)

var languages = []string{english, chinese}

// A phrase is what the provider says, in each language. Where the API says the same, the Chinese is the API's to the letter.
type phrase struct{ en, zh string }

// The dictionary: what the provider refuses, in both languages. The reasons and advice around it are in English.
var (
	enterTaskName     = phrase{"Enter a task name", "请输入任务名称"}
	enterTemplateName = phrase{"Enter a template name", "请输入模板名称"}
	chooseDataset     = phrase{"Choose a dataset and its version", "请选择数据集"}
	chooseModel       = phrase{"Choose a model", "请选择模型"}
	chooseEnvironment = phrase{"Choose a development environment", "请选择开发环境"}
	chooseZone        = phrase{"Choose an availability zone", "请选择可用区"}
	chooseGPUType     = phrase{"Choose a GPU type", "请选择 GPU 类型"}
	chooseImage       = phrase{"Choose an image", "请选择镜像"}
	chooseTemplate    = phrase{"Choose a task template", "请选择任务模板"}
	chooseTask        = phrase{"Choose a training task", "请选择训练任务"}
	chooseGPUCount    = phrase{"Choose a number of GPUs", "请选择 GPU 数量"}
	chooseCPUCores    = phrase{"Choose a number of CPU cores", "请选择 CPU 核数"}
	chooseMemory      = phrase{"Choose an amount of memory", "请选择内存"}

	isBlank         = phrase{"%s must not be blank.", "%s 不能为空。"}
	leaveItOut      = phrase{" Leave it out for none.", "如不需要，请省略。"}
	firstRunning    = phrase{" Leave it out for the first one that runs.", "省略时使用第一个运行中的开发环境。"}
	isMissing       = phrase{"Set %s, or a template_id whose template has it.", "请设置 %s，或设置含有该值的任务模板 template_id。"}
	dynamicNeedsOne = phrase{
		"Mode dynamic needs a resource_config with the zone and the GPUs to allocate. Add one, or set launch_mode to \"existing\".",
		"动态创建资源需要 resource_config，其中给出可用区和 GPU。请添加，或将 launch_mode 设为 \"existing\"。",
	}

	existingTakesNone = phrase{"Mode existing takes no resource_config", "使用现有开发环境时不能设置 resource_config"}
	dynamicTakesNone  = phrase{"Mode dynamic takes no environment_id", "动态创建资源时不能设置 environment_id"}
	dropResources     = phrase{
		"A task in a development environment uses that environment's GPUs. Remove resource_config, or set launch_mode to \"dynamic\". " +
			"An imported task that has both was launched without a launch_mode; leave it out then.",
		"使用现有开发环境的任务使用该环境的 GPU。请删除 resource_config，或将 launch_mode 设为 \"dynamic\"。" +
			"导入的任务若两者皆有，则启动时未指定 launch_mode，请省略它。",
	}
	dropEnvironment = phrase{
		"A dynamic task has GPUs of its own. Remove environment_id, or set launch_mode to \"existing\".",
		"动态任务有自己的 GPU。请删除 environment_id，或将 launch_mode 设为 \"existing\"。",
	}

	tooLong       = phrase{"Too long", "内容过长"}
	tooManyChars  = phrase{"%s has %d characters; at most %d are allowed.", "%s 有 %d 个字符，最多 %d 个。"}
	badCharacter  = phrase{"Character isn't allowed", "含有不允许的字符"}
	characterAt   = phrase{"%s has the character %s at place %d. %s", "%s 的第 %[3]d 个字符 %[2]s 不允许使用。%[4]s"}
	whyNoControls = phrase{
		"Control characters and bidirectional marks are refused, because they make a screen show something else than what is there. Take it out.",
		"控制字符和双向文本标记会使屏幕显示的内容与实际不符，请将其删除。",
	}
	badImage = phrase{"Not an image", "镜像名称无效"}
	imageIs  = phrase{
		"%s is %q: %s. It should be [domain[:port]/]path[:tag][@digest], such as pytorch/pytorch:2.1.0 or registry.example.com:5000/team/image:tag.",
		"%s 为 %q：%s。应为 [域名[:端口]/]路径[:标签][@摘要]，例如 pytorch/pytorch:2.1.0 或 registry.example.com:5000/team/image:tag。",
	}
	imageHasSpace  = phrase{"it has a space", "含有空格"}
	imageHasScheme = phrase{"it has a scheme, which an image's name hasn't", "镜像名称不带协议"}
	imageEnds      = phrase{"nothing comes after its last %q", "末尾的 %q 之后没有内容"}
	imageBadDigest = phrase{
		"its digest isn't an algorithm, a colon and at least 32 hexadecimal digits", "摘要应为算法、冒号和至少 32 位十六进制数字",
	}
	imageBadTag = phrase{"its tag %q isn't 1 to 128 letters, digits, full stops, hyphens and underscores, the first a letter, digit or underscore",
		"标签 %q 应为 1 到 128 个字母、数字、句点、连字符或下划线，首字符为字母、数字或下划线"}
	imageUpperCase = phrase{"its path has upper-case letters", "路径中有大写字母"}
	imageBadName   = phrase{"it has a part that is empty, or has something else than lower-case letters, digits and single separators",
		"有的部分为空，或含有小写字母、数字和分隔符以外的字符"}

	invalidLabels = phrase{"Labels aren't valid", "标签无效"}
	tooManyLabels = phrase{"%s has %d labels; at most %d are allowed.", "%s 有 %d 个标签，最多 %d 个。"}
	emptyKey      = phrase{"A key of %s is empty; a key has 1 to %d bytes.", "%s 中有空的键，键应为 1 到 %d 字节。"}
	nullLabel     = phrase{"The label %q of %s is null. Give it a value, which may be empty, or leave it out.",
		"%[2]s 的标签 %[1]q 为 null，请给出值（可为空）或省略。"}
	longKey = phrase{"A key of %s has %d bytes (%d characters); at most %d bytes are allowed. It begins with %q.",
		"%s 的一个键有 %d 字节（%d 个字符），最多 %d 字节，其开头为 %q。"}
	longValue = phrase{"The label %q of %s has %d bytes (%d characters); at most %d bytes are allowed.",
		"%[2]s 的标签 %[1]q 有 %[3]d 字节（%[4]d 个字符），最多 %[5]d 字节。"}

	noDataset     = phrase{"No such dataset", "数据集不存在"}
	noVersion     = phrase{"No such dataset version", "数据集版本不存在"}
	noModel       = phrase{"No such model", "模型不存在"}
	noEnvironment = phrase{"No such development environment", "开发环境不存在"}
	noZone        = phrase{"No such availability zone", "可用区不存在"}
	noGPUType     = phrase{"No such GPU type", "GPU 类型不存在"}
	noTemplate    = phrase{"No such task template", "任务模板不存在"}
	thereAre      = phrase{"There is no %q; there are %s.", "%q 不存在，现有：%s。"}
	noSuchGPUs    = phrase{"Zone has no such GPUs", "该可用区没有这种 GPU"}
	zoneLacksType = phrase{"Zone %s has no GPU of type %q. Zones that could hold the task: %s.",
		"可用区 %s 没有 %q 类型的 GPU。可容纳该任务的可用区：%s。"}
	neverFits    = phrase{"More than the zone will ever have", "超出可用区总容量"}
	zoneTooSmall = phrase{"Zone %s has %d GPUs of type %s in all, the task wants %d, so it can never start. Zones that could hold it: %s.",
		"可用区 %s 共有 %d 个 %s GPU，任务需要 %d 个，无法启动。可容纳该任务的可用区：%s。"}
	didYouMean = phrase{" Did you mean %s?", "是否应为 %s？"}
	noneRuns   = phrase{"No development environment is running", "暂无运行中的开发环境"}
	none       = phrase{"none", "无"}
	andMore    = phrase{"and %d more", "等 %d 个"}
)

// A voice says phrases in the language that one instance of the provider was told to speak. Schemas, and the validators in
// them, are made before that is known, so they share the voice and ask it when they speak. A nil voice speaks English.
type voice struct{ chinese atomic.Bool }

// inEnglish speaks English. It is for parts of sentences that are always English.
var inEnglish *voice

// say is the phrase in the language chosen, with its arguments filled in.
func (v *voice) say(p phrase, arguments ...any) string {
	text := p.en
	if v.language() == chinese {
		text = p.zh
	}
	if len(arguments) == 0 {
		return text
	}
	return fmt.Sprintf(text, arguments...)
}

// mostNames is how many names of a list a message has room for.
const mostNames = 10

// some lists things, and no more than fit a message.
func (v *voice) some(all []thing) string {
	names := make([]string, 0, min(len(all), mostNames)+1)
	for _, one := range all[:min(len(all), mostNames)] {
		names = append(names, one.String())
	}
	if more := len(all) - mostNames; more > 0 {
		names = append(names, v.say(andMore, more))
	}
	if len(names) == 0 {
		return v.say(none)
	}
	return strings.Join(names, ", ")
}

func (v *voice) language() string {
	if v != nil && v.chinese.Load() {
		return chinese
	}
	return english
}

// languageOf is the language of messages for a tag such as zh-CN, or for a locale such as en_US.UTF-8; empty where there is none.
func languageOf(asked string) string {
	tag, _, _ := strings.Cut(asked, ".")
	parsed, err := xlanguage.Parse(tag)
	if err != nil {
		return ""
	}
	if base, _ := parsed.Base(); slices.Contains(languages, base.String()) {
		return base.String()
	}
	return ""
}

// choose takes the language of the provider block, else of the environment, else English. A language that there isn't is an
// error that names where it comes from.
func (v *voice) choose(configured types.String) diag.Diagnostics {
	var diags diag.Diagnostics
	language := configured.ValueString()
	if configured.IsNull() || configured.IsUnknown() {
		asked := strings.TrimSpace(os.Getenv(languageVariable))
		language = english
		if asked != "" {
			language = languageOf(asked)
		}
		if language == "" {
			diags.AddAttributeError(path.Root("language"), "No such language", fmt.Sprintf("The environment variable %s is %q. "+
				"Set it to one of %s, or set the provider's language.", languageVariable, asked, strings.Join(languages, ", ")))
		}
	}
	v.chinese.Store(language == chinese)
	return diags
}
