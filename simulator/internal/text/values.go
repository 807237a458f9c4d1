package text

// What is wrong with a value, for the detail "error" of a refusal.
var (
	WantUUID        = Message{"应为 UUID", "want a UUID"}
	WantUTF8        = Message{"应为 UTF-8 编码", "want UTF-8"}
	WantObject      = Message{"应为对象", "want an object"}
	MoreAfterObject = Message{"对象之后还有内容", "more follows the object"}
	GivenTwice      = Message{"重复给出", "given more than once"}
	WantLabel       = Message{"应为 key=value 或 key", "want key=value or key"}
	WantTaskID      = Message{"应为任务 ID", "want a task's id"}
	WantPreference  = Message{"应为 wait=秒数", "want wait=SECONDS"}
	WantEntityTag   = Message{"应为一个实体标签", "want one entity tag"}
	WantPattern     = Message{"应为以 / 开头的路径，* 代表一段", "want a path from /, with * for one segment"}

	WantCursor      = Message{"应为上一页 page.nextCursor 的值，或留空从头开始", "want page.nextCursor of the page before, or nothing to begin"}
	OtherCursor     = Message{"此游标属于另一个列表或集群，请从头开始", "this cursor is of another list or cluster; begin anew, with an empty one"}
	NotWithinCursor = Message{"不能与 cursor 同时使用，游标按创建顺序读取", "can't be used together with cursor, which reads in the order of creation"}

	WantModeOrSpeed = Message{"应给出 mode、speed 或两者", "want mode, speed or both"}
	WantOneAdvance  = Message{"应给出 by、to、until 之一", "want one of by, to and until"}
	WantDuration    = Message{"应为时长，例如 90s、5m 或 5d3h", "want a duration such as 90s, 5m or 5d3h"}
	WantTime        = Message{"应为时间，例如 2026-01-01T00:00:00Z", "want a time such as 2026-01-01T00:00:00Z"}
	WantIdle        = Message{"应为 idle", "want idle"}

	// ServerMistake is for a bug of the simulator, not for anything that a client did.
	ServerMistake = Message{"模拟器出错，详情见其日志中的请求 ID", "a mistake in the simulator; its log has more under this request id"}
)

// What is wrong with an injected fault.
var (
	WantEffect        = Message{"应至少给出 status、delay、cut 之一", "want at least one of status, delay and cut"}
	WantDelay         = Message{"应为大于 0 且不超过 10m 的时长", "want a duration above 0 and up to 10m"}
	WantFailureStatus = Message{"应为 400 到 599", "want 400 to 599"}
	WantCut           = Message{"应为 before 或 after", "want before or after"}
	CutOrStatus       = Message{"请求要么被切断，要么以状态码应答", "a request is either cut or answered with a status"}
	WantRetryAfter    = Message{"应为秒数，且须同时给出 status", "want a number of seconds, and a status to go with"}
	WantCount         = Message{"应至少为 1", "want at least 1"}
	WantProbability   = Message{"应大于 0 且不超过 1", "want above 0 and at most 1"}
	MethodTooLong     = Message{"应不超过 64 字节", "want at most 64 bytes"}
	PathTooLong       = Message{"应不超过 1024 字节", "want at most 1024 bytes"}
)

// NoneOf says that a value is not among the allowed ones.
func NoneOf(value string, allowed []string) Message {
	return Message{"%q 应为 %s 之一", "%q is none of %s"}.with(value, listed(allowed))
}

// WantInteger says that a value is no integer between two others, both included.
func WantInteger(least, most int) Message {
	return Message{"应为 %d 到 %d 的整数", "want a whole number from %d to %d"}.with(least, most)
}

// WantSpeed says that a clock can't run so fast, or backwards.
func WantSpeed(most int) Message {
	return Message{"应大于 0 且不超过 %d", "want a speed above 0 and up to %d"}.with(most)
}

// InflatesTooMuch says that a compressed body is more than so many times larger than it seems.
func InflatesTooMuch(times int) Message {
	return Message{"解压后超过压缩大小的 %d 倍；请不压缩发送", "it inflates to more than %d times its size; send it plain"}.with(times)
}

// LoneSurrogate says that a JSON text escapes half of a surrogate pair.
func LoneSurrogate(half string) Message {
	return Message{"含有不成对的代理项 %s", "%s is half a character: a surrogate without its other half"}.with(half)
}

// NoSuchPath says that no call has a path that matches the pattern.
func NoSuchPath(pattern string, nearest []string) Message {
	return Message{"没有路径与 %s 匹配；最接近的是 %s", "no call has the path %s; the nearest are %s"}.with(pattern, listed(nearest))
}

// NoSuchMethod says that no call whose path matches the pattern has the method. The empty pattern matches all calls of the API.
func NoSuchMethod(method, pattern string, methods []string) Message {
	if pattern == "" {
		return Message{"API没有方法 %s；可用的是 %s", "no call of the API has the method %s; there are %s"}.with(method, listed(methods))
	}
	return Message{
		"路径 %s没有方法 %s；可用的是 %s", "no call of %s has the method %s; there are %s",
	}.with(pattern, method, listed(methods))
}
