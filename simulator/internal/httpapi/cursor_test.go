package httpapi_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// follow reads a list from its beginning with cursors and returns each page's ids. Between pages it calls change.
func (a *api) follow(target, field string, size int, change func(page int)) (pages [][]string) {
	a.t.Helper()
	cursor := ""
	for {
		sign := "?"
		if strings.Contains(target, "?") {
			sign = "&"
		}
		got := a.ok("GET", fmt.Sprintf("%s%spageSize=%d&cursor=%s", target, sign, size, cursor), "")
		ids := []string{}
		for _, item := range data[[]map[string]any](a.t, got) {
			ids = append(ids, fmt.Sprint(item[field]))
		}
		pages = append(pages, ids)
		if got.Page.Number != 0 || got.Page.Size != size {
			a.t.Errorf("%s: the page is %+v, want no number and the size %d", target, got.Page, size)
		}
		if cursor = got.Page.NextCursor; cursor == "" {
			return pages
		}
		if len(ids) == 0 || url.QueryEscape(cursor) != cursor {
			a.t.Fatalf("%s: %d items with the next cursor %q", target, len(ids), cursor)
		}
		if change != nil {
			change(len(pages))
		}
	}
}

// Every list is the same with cursors as by its pages, whatever the size of a page.
func TestEveryListHasCursors(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := tasks + "/" + a.create(dynamic("az-bj-a", "A100", 4))
	for i := range 4 {
		a.create(existing("env-002"))
		a.template(fmt.Sprintf(`{"name":"t%d"}`, i))
		a.fault(`{"status":503,"path":"/sim/v1/clock"}`)
	}
	a.advance("10m")
	for target, field := range map[string]string{
		tasks: "taskId", made + "/events": "sequence", environments: "id", zones: "id", templates: "id",
		"/api/v1/gpu-types": "name", "/api/v1/images": "name", "/api/v1/datasets": "id", "/api/v1/models": "id",
		"/sim/v1/faults": "id", tasks + "?status=starting&status=running&name=t": "taskId",
		zones + "?gpuType=V100": "id", "/api/v1/models?name=e": "id", environments + "?gpuType=A100": "id",
		made + "/events?type=phase": "sequence", "/api/v1/images?name=1": "name", "/sim/v1/requests?method=POST": "requestId",
	} {
		all := a.ids(target, field)
		total := a.ok("GET", target, "").Page.Total
		if total < 2 {
			t.Fatalf("%s: %d items, want two or more", target, total)
		}
		for _, size := range []int{1, 2, 500} {
			pages := a.follow(target, field, size, nil)
			equal(t, fmt.Sprintf("%s by %d", target, size), strings.Join(slices.Concat(pages...), " "), all)
			for _, ids := range pages[:len(pages)-1] {
				equal(t, target+" items of a full page", len(ids), size)
			}
		}
	}
}

// Nothing that was there all the time is missed, whatever goes and comes between two pages, and nothing comes twice.
func TestCursorsMissNothing(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for i := range 12 {
		a.create(existing("env-001"))
		a.template(fmt.Sprintf(`{"name":"t%d"}`, i))
	}
	for _, c := range []struct{ target, field, prefix, body string }{
		{tasks, "taskId", "task-", existing("env-001")}, {templates, "id", "template-", `{"name":"new"}`},
	} {
		id := func(n int) string { return fmt.Sprintf("%s%03d", c.prefix, n) }
		pages := a.follow(c.target, c.field, 3, func(page int) {
			switch page {
			case 1: // the item that the cursor was given after, one before it and one to come
				for _, n := range []int{3, 1, 8} {
					a.ok("DELETE", c.target+"/"+id(n), "")
				}
			case 2:
				a.ok("POST", c.target, c.body)
			}
		})
		equal(t, c.target, pages, [][]string{
			{id(1), id(2), id(3)}, {id(4), id(5), id(6)}, {id(7), id(9), id(10)}, {id(11), id(12), id(13)},
		})
	}
	// The list may end at a cursor.
	first := a.ok("GET", tasks+"?pageSize=5&cursor=", "")
	for _, id := range strings.Fields(a.ids(tasks, "taskId"))[2:] {
		a.ok("DELETE", tasks+"/"+id, "")
	}
	rest := a.ok("GET", tasks+"?pageSize=5&cursor="+first.Page.NextCursor, "")
	equal(t, "the rest of a list that has lost it", []any{string(rest.Data), *rest.Page}, []any{"[]", page{Size: 5, Total: 2}})
}

// A list that is read by page numbers in the order of creation says where cursors go on.
func TestPagesLeadToCursors(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for range 5 {
		a.create(existing("env-001"))
	}
	for query, want := range map[string]string{
		"pageSize=2":                           "task-003 task-004",
		"pageSize=2&page=2":                    "task-005",
		"pageSize=2&page=3":                    "",
		"pageSize=2&page=4":                    "",
		"pageSize=5":                           "",
		"pageSize=2&order=asc":                 "task-003 task-004",
		"pageSize=2&order=desc":                "",
		"pageSize=2&sort=createdAt":            "task-003 task-004",
		"pageSize=2&sort=createdAt&order=desc": "",
		"pageSize=2&sort=taskName":             "",
	} {
		next := a.ok("GET", tasks+"?"+query, "").Page.NextCursor
		got := ""
		if next != "" {
			got = a.ids(tasks+"?pageSize=2&cursor="+next, "taskId")
		}
		if got != want {
			t.Errorf("%s: the next cursor %q leads to %q, want %q", query, next, got, want)
		}
	}
}

func TestRefusedCursors(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	populate := func() {
		for range 2 {
			a.create(existing("env-001"))
			a.template(fmt.Sprintf(`{"name":"t%d"}`, len(a.ids(templates, "id"))))
		}
		a.advance("10m")
	}
	populate()
	before := a.ok("GET", tasks+"?pageSize=1", "").Page.NextCursor
	a.ok("POST", "/sim/v1/reset", "")
	populate()
	next := a.ok("GET", tasks+"?pageSize=1", "").Page.NextCursor
	events := a.ok("GET", tasks+"/task-001/events?pageSize=1", "").Page.NextCursor
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	const chinese, english = "查询参数 cursor 无效：", "query parameter cursor is malformed: "
	garbage := [2]string{chinese + "应为上一页 page.nextCursor 的值，或留空从头开始",
		english + "want page.nextCursor of the page before, or nothing to begin"}
	other := [2]string{chinese + "此游标属于另一个列表或集群，请从头开始",
		english + "this cursor is of another list or cluster; begin anew, with an empty one"}
	for _, c := range []struct {
		target, field string
		messages      [2]string
	}{
		{tasks + "?cursor=" + before, "cursor", other}, // of the cluster that the reset ended
		{templates + "?cursor=" + next, "cursor", other},
		{environments + "?cursor=" + next, "cursor", other},
		{tasks + "?cursor=" + events, "cursor", other},
		{tasks + "/task-002/events?cursor=" + events, "cursor", other},
		{"/sim/v1/requests?cursor=" + next, "cursor", other},
		{tasks + "?cursor=x", "cursor", garbage},
		{tasks + "?cursor=" + next + "A", "cursor", garbage},
		{tasks + "?cursor=" + next[1:], "cursor", garbage},
		{tasks + "?cursor=%0A" + next, "cursor", garbage},
		{tasks + "?cursor=" + next + "%3D", "cursor", garbage},
		{tasks + "?cursor=task-001", "cursor", garbage},
		{tasks + "?cursor=%00", "cursor", garbage},
		{tasks + "?cursor=" + encode("0 "+tasks), "cursor", garbage},
		{tasks + "?cursor=" + encode("-1 "+tasks), "cursor", garbage},
		{tasks + "?cursor=" + encode("+1 "+tasks), "cursor", garbage},
		{tasks + "?cursor=" + encode("99999999999999999999 "+tasks), "cursor", garbage},
		{tasks + "?cursor=" + encode("1"), "cursor", garbage},
		{tasks + "?cursor=" + next + "&cursor=" + next, "cursor", [2]string{chinese + "重复给出", english + "given more than once"}},
	} {
		got := a.call("GET", c.target, "")
		equal(t, c.target, []any{got.Status, got.reason(), got.Error, got.Message}, []any{400, "INVALID_PARAMETER", &failure{
			"INVALID_PARAMETER", c.field, map[string]any{"parameter": "cursor", "error": strings.TrimPrefix(c.messages[1], english)},
		}, c.messages[0]})
		equal(t, c.target+" in English", a.call("GET", c.target, "", "Accept-Language: en").Message, c.messages[1])
	}
	for _, name := range []string{"page=1", "sort=taskName", "order=asc"} {
		for _, cursor := range []string{"", next} {
			target := tasks + "?" + name + "&cursor=" + cursor
			got := a.call("GET", target, "")
			parameter, _, _ := strings.Cut(name, "=")
			equal(t, target, []any{got.Status, got.reason(), got.Error.Field, got.Message}, []any{400, "INVALID_PARAMETER", parameter,
				"查询参数 " + parameter + " 无效：不能与 cursor 同时使用，游标按创建顺序读取"})
			checkChinese(t, &got)
			a.inEnglish(&got, "GET", target, "")
		}
	}
}
