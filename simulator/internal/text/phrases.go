package text

import "regexp"

// phrases translate the texts of the world, which are English, in memory and in what it saves: its verdicts on nodes, and the
// shapes of nodes.
var phrases = []struct {
	english *regexp.Regexp
	chinese string
}{
	{regexp.MustCompile(`^(\d+) nodes?: `), "$1 个节点："},
	{regexp.MustCompile(`：failed$`), "：故障"},
	{regexp.MustCompile(`：draining$`), "：正在排空"},
	{regexp.MustCompile(`：no such GPU type here$`), "：没有这种 GPU"},
	{regexp.MustCompile(`：no GPUs$`), "：没有 GPU"},
	{regexp.MustCompile(`：other GPU type, (.*)$`), "：GPU 类型不同（$1）"},
	{regexp.MustCompile(`：too small even when empty$`), "：全部空闲时也不够大"},
	{regexp.MustCompile(`：not enough CPU free$`), "：空闲 CPU 不足"},
	{regexp.MustCompile(`：not enough memory free$`), "：空闲内存不足"},
	{regexp.MustCompile(`：(\d+) of (\d+) GPUs free$`), "：$2 个 GPU 中有 $1 个空闲"},
	{regexp.MustCompile(`：(\d+) of (\d+) GPUs with (\d+) milli free$`), "：$2 个 GPU 中有 $1 个空闲至少 $3‰"},
	{regexp.MustCompile(`：room for (\d+) of the (\d+) GPUs$`), "：可容纳 $2 个 GPU 中的 $1 个"},
	{regexp.MustCompile(`：room$`), "：有空位"},
	{regexp.MustCompile(`^behind (.*) and (\d+) more$`), "排在 $1 及另外 $2 个任务之后"},
	{regexp.MustCompile(`^behind (.*)$`), "排在 $1 之后"},
	{regexp.MustCompile(`^排在 a job of other users `), "排在其他用户的任务"},
	{regexp.MustCompile(`^(\d+) GPUs, (\d+) cores, (\d+) GB$`), "$1 个 GPU、$2 核、$3 GB"},
}

// Phrases returns texts of the world in the client's language. A text without a translation stays as it is.
func Phrases(l Language, texts []string) []string {
	if l == English {
		return texts
	}
	words := make([]string, len(texts))
	for i, text := range texts {
		for _, p := range phrases {
			text = p.english.ReplaceAllString(text, p.chinese)
		}
		words[i] = text
	}
	return words
}
