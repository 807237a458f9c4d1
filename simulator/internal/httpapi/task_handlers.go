package httpapi

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func (s operations) CreateTrainingTask(w http.ResponseWriter, r *http.Request) {
	var body api.TrainingTaskRequest
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	key, err := idempotencyKey(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var created world.Created
	revision := 0
	command := world.CreateDraft{Draft: newTaskDraft(&body), Key: key, Digest: digest(body)}
	err = s.do(r, command, func(wd *world.World, result world.Result) {
		created = result.Created
		if v, err := wd.Task(created.Task); err == nil {
			revision = v.Revision
		}
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Location", apiPrefix+"training-tasks/"+created.Task)
	markReplayed(w, created.Replayed)
	if revision > 0 {
		tag(w, revision)
	}
	s.answer(w, r, messageCreated, s.newCreatedTask(&created))
}

// idempotencyKey reads the key of a creation; "" without one.
func idempotencyKey(r *http.Request) (string, error) {
	if len(r.Header.Values("Idempotency-Key")) == 0 {
		return "", nil
	}
	id, err := uuid.Parse(r.Header.Get("Idempotency-Key"))
	if err != nil {
		return "", bad(api.ErrorReasonInvalidHeader, "", map[string]any{"header": "Idempotency-Key", "error": wantUUID})
	}
	return id.String(), nil
}

func markReplayed(w http.ResponseWriter, replayed bool) {
	if replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
}

func (s *Server) newCreatedTask(c *world.Created) api.CreatedTask {
	created := api.CreatedTask{TaskID: c.Task, Status: api.CreatedTaskStatus(c.Status), EnvironmentID: c.Environment}
	if c.EstimatedStart > 0 {
		created.EstimatedStartTime = formatTime(s.engine.Time(c.EstimatedStart).Truncate(time.Millisecond))
	}
	return created
}

func (s operations) ListTrainingTasks(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	statuses := q.all("status")
	for _, v := range statuses {
		if !slices.Contains(taskStatuses, v) {
			q.fail("status", noneOf(v, taskStatuses))
		}
	}
	mode := q.choice("launchMode", string(world.Existing), string(world.Dynamic))
	named := q.named()
	labels := q.labelFilters("label")
	wanted := func(t world.TaskRef) bool {
		return (len(statuses) == 0 || slices.Contains(statuses, string(t.Status()))) && (mode == "" || mode == string(t.Mode())) &&
			named(t.TaskName()) && hasLabels(t.Labels(), labels)
	}
	if !slices.ContainsFunc(taskFilters, q.values.Has) {
		wanted = nil
	}
	s.answerWindow(w, r, q, sortedKeys(taskSorts), func(win window) (tasks selection[any]) {
		s.engine.View(func(wd *world.World) {
			picked := pick(win, tasksOf(wd, wanted), taskSorts)
			// Only the tasks that are shown are forecast and written out.
			views := make([]world.TaskView, len(picked.shown))
			for i := range picked.shown {
				views[i] = picked.shown[i].item.View()
			}
			wd.Expect(views)
			tasks = selection[any]{make([]placed[any], len(views)), picked.total, picked.next}
			for i := range views {
				tasks.shown[i] = placed[any]{picked.shown[i].place, s.newTask(&views[i], of(r).english)}
			}
		})
		return tasks
	})
}

// tasksOf yields the wanted tasks, placed by their number; without a filter it looks at none of them.
func tasksOf(wd *world.World, wanted func(world.TaskRef) bool) iter.Seq2[int, world.TaskRef] {
	if wanted == nil {
		return wd.Tasks()
	}
	return func(yield func(int, world.TaskRef) bool) {
		for number, t := range wd.Tasks() {
			if wanted(t) && !yield(number, t) {
				return
			}
		}
	}
}

var taskFilters = []string{"status", "launchMode", "name", "label"}

var taskSorts = sorting[world.TaskRef]{
	"createdAt": nil,
	"taskName":  func(a, b world.TaskRef) int { return compareTexts(a.TaskName(), b.TaskName()) },
	"status": func(a, b world.TaskRef) int {
		return cmp.Compare(slices.Index(taskStatuses, string(a.Status())), slices.Index(taskStatuses, string(b.Status())))
	},
}

var taskStatuses = []string{
	string(world.Queued), string(world.Allocating), string(world.Starting), string(world.Running),
	string(world.Succeeded), string(world.Failed), string(world.Stopped),
}

func hasLabels(labels map[string]string, wanted []labelFilter) bool {
	for i := range wanted {
		if !wanted[i].let(labels) {
			return false
		}
	}
	return true
}

// task reads one task with its expectations.
func task(wd *world.World, id string) (world.TaskView, error) {
	v, err := wd.Task(id)
	if err != nil {
		return v, err
	}
	one := []world.TaskView{v}
	wd.Expect(one)
	return one[0], nil
}

func (s operations) GetTrainingTask(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	wait, err := preferredWait(r.Header.Values("Prefer"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	tags := r.Header.Get("If-None-Match")
	if wait > 0 && tags != "" {
		of(r).held = true
		s.engine.Wait(r.Context(), wait, func(wd *world.World) bool {
			v, err := wd.Task(id)
			return err != nil || !matches(tags, v.Revision)
		})
		w.Header().Set("Preference-Applied", "wait="+strconv.Itoa(int(wait/time.Second)))
	}
	var v world.TaskView
	s.engine.View(func(wd *world.World) { v, err = task(wd, id) })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if tags != "" && matches(tags, v.Revision) {
		tag(w, v.Revision)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.answerTask(w, r, messageOK, &v)
}

func (s *Server) answerTask(w http.ResponseWriter, r *http.Request, m message, v *world.TaskView) {
	tag(w, v.Revision)
	s.answer(w, r, m, s.newTask(v, of(r).english))
}

const maxWait = 10 * time.Minute

// preferredWait reads Prefer: wait=N (RFC 7240, section 4.3), in seconds; 0 without one. More than ten minutes is cut
// to that.
func preferredWait(headers []string) (time.Duration, error) {
	for _, h := range headers {
		for _, preference := range strings.Split(h, ",") {
			preference, _, _ = strings.Cut(preference, ";") // parameters of the preference
			name, value, _ := strings.Cut(preference, "=")
			if !strings.EqualFold(strings.TrimSpace(name), "wait") {
				continue
			}
			n, err := strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`))
			if err != nil || n < 0 {
				return 0, bad(api.ErrorReasonInvalidHeader, "", map[string]any{"header": "Prefer", "error": message{"应为 wait=秒数", "want wait=SECONDS"}})
			}
			return time.Duration(min(n, int(maxWait/time.Second))) * time.Second, nil
		}
	}
	return 0, nil
}

// matches reports whether a list of entity tags names the revision (RFC 9110, section 13.1.2).
func matches(tags string, revision int) bool {
	for _, t := range strings.Split(tags, ",") {
		if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == opaqueTag(revision) {
			return true
		}
	}
	return false
}

func (s operations) UpdateTrainingTask(w http.ResponseWriter, r *http.Request) {
	var body api.TrainingTaskPatch
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	revision, err := requiredRevision(r.Header.Get("If-Match"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	id := mux.Vars(r)["id"]
	s.change(w, r, messageUpdated, id, world.UpdateTask{
		Task: id, TaskName: body.TaskName, Description: body.Description, Labels: body.Labels, Revision: revision,
	})
}

// requiredRevision reads If-Match: the revision of a tag, weak or strong, for a revision is what a change is made for, and
// no bytes (RFC 9110, section 13.1.1, knows strong tags only, and would leave none to use). It is 0 when any revision will do, and -1, which is none, for a
// tag that no revision has.
func requiredRevision(header string) (int, error) {
	given := strings.TrimPrefix(strings.TrimSpace(header), "W/")
	if given == "" || given == "*" {
		return 0, nil
	}
	if len(given) < 2 || given[0] != '"' || strings.IndexByte(given[1:], '"') != len(given)-2 {
		return 0, bad(api.ErrorReasonInvalidHeader, "", map[string]any{"header": "If-Match", "error": message{"应为一个实体标签", "want one entity tag"}})
	}
	n, err := strconv.Atoi(given[1 : len(given)-1])
	if err != nil || n < 1 || opaqueTag(n) != given {
		return -1, nil
	}
	return n, nil
}

func (s operations) StopTrainingTask(w http.ResponseWriter, r *http.Request) {
	revision, err := requiredRevision(r.Header.Get("If-Match"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	id := mux.Vars(r)["id"]
	s.change(w, r, messageStopped, id, world.StopTask{Task: id, Revision: revision})
}

// change carries out a command on a task and answers with the task.
func (s *Server) change(w http.ResponseWriter, r *http.Request, m message, id string, c world.Command) {
	var v world.TaskView
	err := s.do(r, c, func(wd *world.World, _ world.Result) { v, _ = task(wd, id) })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerTask(w, r, m, &v)
}

func (s operations) DeleteTrainingTask(w http.ResponseWriter, r *http.Request) {
	revision, err := requiredRevision(r.Header.Get("If-Match"))
	if err == nil {
		err = s.do(r, world.DeleteTask{Task: mux.Vars(r)["id"], Revision: revision}, nil)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, messageDeleted, nil)
}

func (s operations) ListTrainingTaskEvents(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	kind := q.choice("type", taskEventTypes...)
	var history []world.Event
	var err error
	s.engine.View(func(wd *world.World) { history, err = wd.History(mux.Vars(r)["id"]) })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	events := make([]api.TaskEvent, 0, len(history))
	for i := range history {
		if kind == "" || kind == string(history[i].Type) {
			events = append(events, s.newTaskEvent(i+1, &history[i], of(r).english))
		}
	}
	list := placedBy(events, func(e *api.TaskEvent) int { return e.Sequence })
	answerList(s.Server, w, r, q, list, nil, func(e *api.TaskEvent) api.TaskEvent { return *e })
}

func (s operations) GetTrainingTaskLogs(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	tail := q.integer("tail", 100, 1, 10_000)
	if err := q.done(); err != nil {
		s.fail(w, r, err)
		return
	}
	var lines []string
	var err error
	s.engine.View(func(wd *world.World) { lines, err = wd.Log(mux.Vars(r)["id"], tail) })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, messageOK, api.TaskLog{Lines: lines})
}
