// Package language is what the provider says in English and Chinese.
package language

// The dictionary has the refusals of the provider. Explanations and advice around them are English only.
var (
	EnterTaskName     = Phrase{"Enter a task name", "请输入任务名称"}
	EnterTemplateName = Phrase{"Enter a template name", "请输入模板名称"}
	ChooseDataset     = Phrase{"Choose a dataset and its version", "请选择数据集"}
	ChooseModel       = Phrase{"Choose a model", "请选择模型"}
	ChooseEnvironment = Phrase{"Choose a development environment", "请选择开发环境"}
	ChooseZone        = Phrase{"Choose an availability zone", "请选择可用区"}
	ChooseGPUType     = Phrase{"Choose a GPU type", "请选择 GPU 类型"}
	ChooseImage       = Phrase{"Choose an image", "请选择镜像"}
	ChooseTemplate    = Phrase{"Choose a task template", "请选择任务模板"}
	ChooseTask        = Phrase{"Choose a training task", "请选择训练任务"}
	ChooseGPUCount    = Phrase{"Choose a number of GPUs", "请选择 GPU 数量"}
	ChooseCPUCores    = Phrase{"Choose a number of CPU cores", "请选择 CPU 核数"}
	ChooseMemory      = Phrase{"Choose an amount of memory", "请选择内存"}

	IsBlank         = Phrase{"%s must not be blank.", "%s 不能为空。"}
	LeaveItOut      = Phrase{" Leave it out for none.", "如不需要，请省略。"}
	FirstRunning    = Phrase{" Leave it out for the first one that runs.", "省略时使用第一个运行中的开发环境。"}
	IsMissing       = Phrase{"Set %s, or a template_id whose template has it.", "请设置 %s，或设置含有该值的任务模板 template_id。"}
	DynamicNeedsOne = Phrase{
		"Mode dynamic needs a resource_config with the zone and the GPUs to allocate. Add one, or set launch_mode to \"existing\".",
		"动态创建资源需要 resource_config，其中给出可用区和 GPU。请添加，或将 launch_mode 设为 \"existing\"。",
	}

	ExistingTakesNone = Phrase{"Mode existing takes no resource_config", "使用现有开发环境时不能设置 resource_config"}
	DynamicTakesNone  = Phrase{"Mode dynamic takes no environment_id", "动态创建资源时不能设置 environment_id"}
	DropResources     = Phrase{
		"A task in a development environment uses that environment's GPUs. Remove resource_config, or set launch_mode to \"dynamic\". " +
			"An imported task that has both was launched without a launch_mode; leave it out then.",
		"使用现有开发环境的任务使用该环境的 GPU。请删除 resource_config，或将 launch_mode 设为 \"dynamic\"。" +
			"导入的任务若两者皆有，则启动时未指定 launch_mode，请省略它。",
	}
	DropEnvironment = Phrase{
		"A dynamic task has GPUs of its own. Remove environment_id, or set launch_mode to \"existing\".",
		"动态任务有自己的 GPU。请删除 environment_id，或将 launch_mode 设为 \"existing\"。",
	}

	TooLong       = Phrase{"Too long", "内容过长"}
	TooManyChars  = Phrase{"%s has %d characters; at most %d are allowed.", "%s 有 %d 个字符，最多 %d 个。"}
	BadCharacter  = Phrase{"Character isn't allowed", "含有不允许的字符"}
	CharacterAt   = Phrase{"%s has the character %s at place %d. %s", "%s 的第 %[3]d 个字符 %[2]s 不允许使用。%[4]s"}
	WhyNoControls = Phrase{
		"Control characters and bidirectional marks are refused, because they make a screen show something else than what is there. Take it out.",
		"控制字符和双向文本标记会使屏幕显示的内容与实际不符，请将其删除。",
	}
	BadImage = Phrase{"Not an image", "镜像名称无效"}
	ImageIs  = Phrase{
		"%s is %q: %s. It should be [domain[:port]/]path[:tag][@digest], such as pytorch/pytorch:2.1.0 or " +
			"registry.example.com:5000/team/image:tag.",
		"%s 为 %q：%s。应为 [域名[:端口]/]路径[:标签][@摘要]，例如 pytorch/pytorch:2.1.0 或 registry.example.com:5000/team/image:tag。",
	}
	ImageHasSpace  = Phrase{"it has a space", "含有空格"}
	ImageHasScheme = Phrase{"it has a scheme, which an image's name hasn't", "镜像名称不带协议"}
	ImageEnds      = Phrase{"nothing comes after its last %q", "末尾的 %q 之后没有内容"}
	ImageBadDigest = Phrase{
		"its digest isn't an algorithm, a colon and at least 32 hexadecimal digits", "摘要应为算法、冒号和至少 32 位十六进制数字",
	}
	ImageBadTag = Phrase{"its tag %q isn't 1 to 128 letters, digits, full stops, hyphens and underscores, the first a letter, digit " +
		"or underscore",
		"标签 %q 应为 1 到 128 个字母、数字、句点、连字符或下划线，首字符为字母、数字或下划线"}
	ImageUpperCase = Phrase{"its path has upper-case letters", "路径中有大写字母"}
	ImageBadName   = Phrase{"it has a part that is empty, or has something else than lower-case letters, digits and single separators",
		"有的部分为空，或含有小写字母、数字和分隔符以外的字符"}

	InvalidLabels = Phrase{"Labels aren't valid", "标签无效"}
	TooManyLabels = Phrase{"%s has %d labels; at most %d are allowed.", "%s 有 %d 个标签，最多 %d 个。"}
	EmptyKey      = Phrase{"A key of %s is empty; a key has 1 to %d bytes.", "%s 中有空的键，键应为 1 到 %d 字节。"}
	NullLabel     = Phrase{"The label %q of %s is null. Give it a value, which may be empty, or leave it out.",
		"%[2]s 的标签 %[1]q 为 null，请给出值（可为空）或省略。"}
	LongKey = Phrase{"A key of %s has %d bytes (%d characters); at most %d bytes are allowed. It begins with %q.",
		"%s 的一个键有 %d 字节（%d 个字符），最多 %d 字节，其开头为 %q。"}
	LongValue = Phrase{"The label %q of %s has %d bytes (%d characters); at most %d bytes are allowed.",
		"%[2]s 的标签 %[1]q 有 %[3]d 字节（%[4]d 个字符），最多 %[5]d 字节。"}

	InvalidArguments = Phrase{"Arguments aren't valid", "参数无效"}
	TooManyArguments = Phrase{"%s has %d elements; at most %d are allowed.", "%s 有 %d 个元素，最多 %d 个。"}
	TooManyBytes     = Phrase{"%s has %d bytes in all; at most %d are allowed.", "%s 共 %d 字节，最多 %d 字节。"}
	NullElement      = Phrase{"%s is null. Give it a value, which may be empty, or leave it out.", "%s 为 null，请给出值（可为空）或省略。"}
	WhyNoNUL         = Phrase{"To the operating system NUL ends a text. Take it out.", "对操作系统而言，NUL 表示文本结束，请将其删除。"}

	InvalidVariables = Phrase{"Environment variables aren't valid", "环境变量无效"}
	BadVariableName  = Phrase{"The name %[2]q in %[1]s isn't one of letters, digits and underscores that begins with no digit.",
		"%s 中的名称 %q 应由字母、数字和下划线组成，且不以数字开头。"}

	BadDuration = Phrase{"Not a duration that a task may have", "时长无效"}
	DurationIs  = Phrase{"%s is %q: %s. It should be whole seconds, from 1m to 3650d: numbers with a unit of d, h, m or s, the longest " +
		"first, such as 90m, 12h or 2d.",
		"%[1]s 为 %[2]q。应为 1m 至 3650d 的整秒数：数字加单位 d、h、m 或 s，大单位在前，例如 90m、12h 或 2d。"}

	NoDataset     = Phrase{"No such dataset", "数据集不存在"}
	NoVersion     = Phrase{"No such dataset version", "数据集版本不存在"}
	NoModel       = Phrase{"No such model", "模型不存在"}
	NoEnvironment = Phrase{"No such development environment", "开发环境不存在"}
	NoZone        = Phrase{"No such availability zone", "可用区不存在"}
	NoGPUType     = Phrase{"No such GPU type", "GPU 类型不存在"}
	NoTemplate    = Phrase{"No such task template", "任务模板不存在"}
	ThereAre      = Phrase{"There is no %q; there are %s.", "%q 不存在，现有：%s。"}
	NoSuchGPUs    = Phrase{"Zone has no such GPUs", "该可用区没有这种 GPU"}
	ZoneLacksType = Phrase{"Zone %s has no GPU of type %q. Zones that could hold the task: %s.",
		"可用区 %s 没有 %q 类型的 GPU。可容纳该任务的可用区：%s。"}
	NeverFits    = Phrase{"More than the zone will ever have", "超出可用区总容量"}
	ZoneTooSmall = Phrase{"Zone %s has %d GPUs of type %s in all, the task wants %d, so it can never start. Zones that could hold it: %s.",
		"可用区 %s 共有 %d 个 %s GPU，任务需要 %d 个，无法启动。可容纳该任务的可用区：%s。"}
	DidYouMean = Phrase{" Did you mean %s?", "是否应为 %s？"}
	NoneRuns   = Phrase{"No development environment is running", "暂无运行中的开发环境"}
	None       = Phrase{"none", "无"}
	andMore    = Phrase{"and %d more", "等 %d 个"}
)
