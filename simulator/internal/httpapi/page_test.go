package httpapi_test

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

const mebibyte = 1 << 20

// heavyLabels are as many and as long as labels may be, and of characters that JSON writes in six bytes each.
func heavyLabels() string {
	labels := make([]string, 64)
	for i := range labels {
		labels[i] = fmt.Sprintf(`%q:%q`, fmt.Sprintf("%02d", i)+strings.Repeat("<", 254), strings.Repeat("&", 256))
	}
	return "{" + strings.Join(labels, ",") + "}"
}

// heavy makes so many long tasks, templates and journal entries, and twice as many short tasks or nearly so.
func heavy(t *testing.T, count int) *api {
	t.Helper()
	a := newAPI(t)
	a.handler = a.server // a long page is held against the contract in seconds
	labels := heavyLabels()
	for i := range count {
		name := fmt.Sprintf("t%03d", (i*7)%count)
		task := fmt.Sprintf(`{"taskName":%q,"datasetId":"dataset-001","datasetVersionId":"version-001","environmentId":"env-001","labels":`, name)
		if i%3 > 0 { // short ones between the long ones
			a.create(task + `{}}`)
		}
		a.create(task + labels + `}`)
		a.template(fmt.Sprintf(`{"name":%q,"config":{"labels":%s}}`, name, labels))
	}
	return a
}

// A page has at most 8 MiB: with a cursor it ends early and goes on there, by its number it is refused with a size that
// fits, and keeps fitting.
func TestPagesAreBounded(t *testing.T) {
	t.Parallel()
	a := heavy(t, 60)
	for _, c := range []struct {
		target, field string
		sorts         []string
	}{
		{tasks, "taskId", []string{"", "&order=desc", "&sort=taskName"}},
		{tasks + "?label=00" + strings.Repeat("%3C", 254), "taskId", []string{""}},
		{templates, "id", []string{"&sort=name&order=desc"}},
		{"/sim/v1/requests?method=POST&path=" + templates, "requestId", []string{""}},
	} {
		sign := "?"
		if strings.Contains(c.target, "?") {
			sign = "&"
		}
		// With a cursor.
		var ids []string
		total := 0
		for cursor, pages := "", 1; ; pages++ {
			got := a.ok("GET", c.target+sign+"pageSize=500&cursor="+cursor, "")
			items := data[[]map[string]any](t, got)
			for _, item := range items {
				ids = append(ids, fmt.Sprint(item[c.field]))
			}
			cursor, total = got.Page.NextCursor, got.Page.Total
			if size := len(got.Body); size > 8*mebibyte || cursor != "" && size < 7*mebibyte {
				t.Errorf("%s: a page has %d bytes, want about 8 MiB", c.target, size)
			}
			if cursor == "" {
				if pages < 2 {
					t.Errorf("%s: all is on one page", c.target)
				}
				break
			}
		}
		if unique := len(slices.Compact(slices.Sorted(slices.Values(ids)))); len(ids) != total || unique != total {
			t.Errorf("%s: %d items with cursors, %d different ones, want %d", c.target, len(ids), unique, total)
		}
		// By numbers.
		for _, sort := range c.sorts {
			refused := a.call("GET", c.target+sign+"pageSize=500"+sort, "")
			size := 0
			if refused.Error != nil {
				number, _ := refused.Error.Details["pageSize"].(float64)
				size = int(number)
			}
			equal(t, c.target+sort, []any{refused.Status, refused.reason(), refused.Error.Field, refused.Message}, []any{
				400, "PAGE_TOO_LARGE", "pageSize", fmt.Sprintf("该页超过 8 MiB，请将 pageSize 设为 %d 或更小，或使用 cursor 读取", size),
			})
			checkChinese(t, &refused)
			equal(t, "in English", a.call("GET", c.target+sign+"pageSize=500"+sort, "", "Accept-Language: en").Message,
				fmt.Sprintf("the page is over 8 MiB; ask for a pageSize of %d or less, or read on with cursor", size))
			if size < 10 {
				t.Fatalf("%s%s: the page size that fits is %d", c.target, sort, size)
			}
			seen := 0
			for number := 1; seen < total; number++ {
				page := a.ok("GET", fmt.Sprintf("%s%spageSize=%d&page=%d%s", c.target, sign, size, number, sort), "")
				if len(page.Body) > 8*mebibyte {
					t.Errorf("%s%s: page %d by %d has %d bytes", c.target, sort, number, size, len(page.Body))
				}
				seen += len(data[[]any](t, page))
			}
		}
	}
}

// A page that is short on its own is answered, however long the others are.
func TestAPageIsMeasuredOnItsOwn(t *testing.T) {
	t.Parallel()
	a := heavy(t, 60)
	for range 200 {
		a.create(existing("env-001"))
	}
	equal(t, "a page of the long ones", a.call("GET", tasks+"?pageSize=150", "").reason(), "PAGE_TOO_LARGE")
	equal(t, "a page of the short ones", len(data[[]any](t, a.ok("GET", tasks+"?pageSize=150&order=desc", ""))), 150)
}

// An object that is longer than a page, from a state of before there were limits, is a page of its own.
func TestAnObjectLongerThanAPage(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.handler = a.server
	for range 3 {
		a.create(strings.Replace(existing("env-001"), `"t"`, `"t","description":"DESCRIPTION"`, 1))
	}
	old := strings.Replace(a.ok("GET", snapshots, "").Body, "DESCRIPTION", strings.Repeat("x", 9*mebibyte), 2)
	a.ok("PUT", snapshots, old)
	equal(t, "with cursors", a.follow(tasks, "taskId", 500, nil), [][]string{{"task-001"}, {"task-002"}, {"task-003"}})
	refused := a.call("GET", tasks, "")
	equal(t, "by pages", []any{refused.Status, refused.reason(), refused.Error.Details["pageSize"]}, []any{400, "PAGE_TOO_LARGE", 1.0})
	for page := range 3 {
		equal(t, "one by one", a.ids(fmt.Sprintf("%s?pageSize=1&page=%d", tasks, page+1), "taskId"), fmt.Sprintf("task-%03d", page+1))
	}
}

// slowClient is one that stops reading in the middle of an answer until it is told to go on.
type slowClient struct {
	*httptest.ResponseRecorder
	bytes int
	stop  func()
	goOn  chan struct{}
}

func (c *slowClient) Write(b []byte) (int, error) {
	before := c.bytes
	c.bytes += len(b)
	if middle := 4 * mebibyte; before < middle && c.bytes >= middle {
		c.stop()
		<-c.goOn
		runtime.KeepAlive(b)
	}
	return len(b), nil
}

// However many clients read the longest pages, the server holds little for each of them.
func TestLongPagesTakeLittleMemory(t *testing.T) {
	a := heavy(t, 60)
	held := func() int64 {
		var memory runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&memory)
		return int64(memory.HeapAlloc)
	}
	before := held()
	clients := make([]*slowClient, 16)
	var stopped, done sync.WaitGroup
	stopped.Add(len(clients))
	goOn := make(chan struct{})
	for i := range clients {
		clients[i] = &slowClient{ResponseRecorder: httptest.NewRecorder(), stop: sync.OnceFunc(stopped.Done), goOn: goOn}
		done.Go(func() {
			a.server.ServeHTTP(clients[i], request("GET", tasks+"?pageSize=500&cursor=", ""))
			clients[i].stop() // a page may be shorter than it should
		})
	}
	stopped.Wait()
	during := held()
	close(goOn)
	done.Wait()
	for _, c := range clients {
		if c.bytes < 7*mebibyte {
			t.Errorf("a page has %d bytes, want about 8 MiB", c.bytes)
		}
	}
	if taken := (during - before) / mebibyte; taken > int64(len(clients)) {
		t.Errorf("%d clients in the middle of 8 MiB hold %d MiB, want at most one each", len(clients), taken)
	}
}
