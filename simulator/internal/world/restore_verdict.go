package world

import (
	"fmt"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

// plainReasons are the reasons without figures by their texts in states of version 1.
var plainReasons = map[string]cluster.VerdictReason{
	"draining": cluster.NodeDraining, "failed": cluster.NodeFailed, "no GPUs": cluster.NoGPUs,
	"no such GPU type here": cluster.NoSuchGPUType, "not enough CPU free": cluster.NotEnoughCPU,
	"not enough memory free": cluster.NotEnoughMemory, "room": cluster.HasRoom, "too small even when empty": cluster.TooSmall,
}

// figuredReasons are the reasons with figures, with formats of their texts.
var figuredReasons = []struct {
	format string
	reason cluster.VerdictReason
}{
	{"%d of %d GPUs free", cluster.BusyGPUs},
	{"%d of %d GPUs with %d milli free", cluster.BusyShares},
	{"room for %d of the %d GPUs", cluster.HasRoomForPart},
}

// parseVerdict returns the verdict whose String is a text of a state of version 1.
func parseVerdict(text string) (Verdict, error) {
	v := verdictLike(text)
	if v.String() != text || v.check() != nil {
		return Verdict{}, fmt.Errorf("history.verdicts: %.200q is no reason why a task waits", text)
	}
	return v, nil
}

// verdictLike returns the verdict of a text. If the text is that of no verdict, the result has another text.
func verdictLike(text string) Verdict {
	if first, ok := strings.CutPrefix(text, "behind "); ok {
		first, more, _ := strings.Cut(first, " and ")
		b := &Behind{Task: first}
		_, _ = fmt.Sscanf(more, "%d more", &b.More)
		if first == otherUsers {
			b.Task = ""
		}
		return Verdict{Behind: b}
	}
	nodes, reason, _ := strings.Cut(text, ": ")
	var v cluster.Verdict
	_, _ = fmt.Sscanf(nodes, "%d", &v.Nodes)
	if gpuType, ok := strings.CutPrefix(reason, "other GPU type, "); ok {
		v.Reason, v.GPUType = cluster.OtherGPUType, gpuType
		return Verdict{Verdict: v}
	}
	v.Reason = plainReasons[reason]
	for i := 0; v.Reason == "" && i < len(figuredReasons); i++ {
		f := &figuredReasons[i]
		with := cluster.Verdict{Nodes: v.Nodes, Reason: f.reason}
		// Where the format doesn't match, some of the figures are missing, and the text differs.
		_, _ = fmt.Sscanf(reason, f.format, &with.Free, &with.Total, &with.Milli)
		if with.String() == text {
			v = with
		}
	}
	return Verdict{Verdict: v}
}
