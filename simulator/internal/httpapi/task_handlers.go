package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
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
	command := world.CreateDraft{Draft: newTaskDraft(&body), Key: key, Digest: digest(body)}
	created, err := s.cluster.CreateTask(r.Context(), exchangeOf(r).cluster, command)
	if err := noteSaved(r, err); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Location", apiPrefix+"training-tasks/"+created.Task)
	markReplayed(w, created.Replayed)
	if created.Revision > 0 {
		tag(w, created.Revision)
	}
	s.answer(w, r, text.TaskCreated, s.newCreatedTask(&created.Created))
}

// idempotencyKey returns the key of a creation, or "" if there is none.
func idempotencyKey(r *http.Request) (string, error) {
	if len(r.Header.Values("Idempotency-Key")) == 0 {
		return "", nil
	}
	id, err := uuid.Parse(r.Header.Get("Idempotency-Key"))
	if err != nil {
		return "", invalidHeader("Idempotency-Key", text.WantUUID)
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
		created.EstimatedStartTime = formatTime(s.cluster.Time(c.EstimatedStart).Truncate(time.Millisecond))
	}
	return created
}

func (s operations) ListTrainingTasks(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	var f backend.TaskFilter
	for _, status := range q.all("status") {
		if !slices.Contains(taskStatuses, status) {
			q.fail("status", text.NoneOf(status, taskStatuses))
		}
		f.Statuses = append(f.Statuses, world.Status(status))
	}
	f.Mode = world.LaunchMode(q.choice("launchMode", string(api.LaunchModeExisting), string(api.LaunchModeDynamic)))
	f.Name = q.partOfName()
	f.Labels = q.labels("label")
	l := exchangeOf(r).language
	answerPage(s.Server, w, r, q, backend.TaskSorts, func(win backend.Window) (backend.Page[*world.TaskView], error) {
		return s.cluster.ListTasks(r.Context(), &f, win)
	}, func(v *world.TaskView) api.TrainingTask { return s.newTask(v, l) })
}

var taskStatuses = []string{
	string(api.TaskStatusQueued), string(api.TaskStatusAllocating), string(api.TaskStatusStarting), string(api.TaskStatusRunning),
	string(api.TaskStatusSucceeded), string(api.TaskStatusFailed), string(api.TaskStatusStopped),
}

func (s operations) GetTrainingTask(w http.ResponseWriter, r *http.Request) {
	id := pathID(r)
	wait, err := preferredWait(r.Header.Values("Prefer"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	tags := r.Header.Get("If-None-Match")
	if wait > 0 && tags != "" {
		exchangeOf(r).held = true
		s.cluster.AwaitTask(r.Context(), id, wait, func(revision int) bool { return !matches(tags, revision) })
		w.Header().Set("Preference-Applied", "wait="+strconv.Itoa(int(wait/time.Second)))
	}
	v, err := s.cluster.Task(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if tags != "" && matches(tags, v.Revision) {
		tag(w, v.Revision)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.answerTask(w, r, text.OK, &v)
}

func (s *Server) answerTask(w http.ResponseWriter, r *http.Request, m text.Message, v *world.TaskView) {
	tag(w, v.Revision)
	s.answer(w, r, m, s.newTask(v, exchangeOf(r).language))
}

const maxWait = 10 * time.Minute

// preferredWait returns the N seconds of Prefer: wait=N (RFC 7240, section 4.3), at most maxWait, or 0 if there is none.
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
				return 0, invalidHeader("Prefer", text.WantPreference)
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
	revision, err := decodeChange(r, &body)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v, err := s.cluster.UpdateTask(r.Context(), exchangeOf(r).cluster, world.UpdateTask{
		Task: pathID(r), TaskName: body.TaskName, Description: body.Description, Labels: body.Labels, Revision: revision,
		MaxDuration: body.MaxDuration, MaxRestarts: body.MaxRestarts, Priority: (*world.Priority)(body.Priority),
	})
	s.answerChanged(w, r, text.TaskUpdated, &v, err)
}

// decodeChange decodes the body of a change, and returns the revision that it is for, see requiredRevision.
func decodeChange(r *http.Request, body any) (revision int, err error) {
	if err := decode(r, body); err != nil {
		return 0, err
	}
	return requiredRevision(r)
}

// requiredRevision reads If-Match: the revision of a tag, weak or strong. RFC 9110, section 13.1.1, compares strong tags only, of
// which this API has none: a change is made for a revision, not for bytes. The result is 0 where any revision will do, and -1 for
// a tag that no revision has.
func requiredRevision(r *http.Request) (int, error) {
	tag := strings.TrimPrefix(strings.TrimSpace(r.Header.Get("If-Match")), "W/")
	if tag == "" || tag == "*" {
		return 0, nil
	}
	if len(tag) < 2 || tag[0] != '"' || strings.IndexByte(tag[1:], '"') != len(tag)-2 {
		return 0, invalidHeader("If-Match", text.WantEntityTag)
	}
	n, err := strconv.Atoi(tag[1 : len(tag)-1])
	if err != nil || n < 1 || opaqueTag(n) != tag {
		return -1, nil
	}
	return n, nil
}

func (s operations) StopTrainingTask(w http.ResponseWriter, r *http.Request) {
	revision, err := requiredRevision(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v, err := s.cluster.StopTask(r.Context(), exchangeOf(r).cluster, world.StopTask{Task: pathID(r), Revision: revision})
	s.answerChanged(w, r, text.TaskStopped, &v, err)
}

// answerChanged answers a change of a task: with the task, or with the error.
func (s *Server) answerChanged(w http.ResponseWriter, r *http.Request, m text.Message, v *world.TaskView, err error) {
	if err := noteSaved(r, err); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerTask(w, r, m, v)
}

func (s operations) DeleteTrainingTask(w http.ResponseWriter, r *http.Request) {
	revision, err := requiredRevision(r)
	if err == nil {
		command := world.DeleteTask{Task: pathID(r), Revision: revision}
		err = noteSaved(r, s.cluster.DeleteTask(r.Context(), exchangeOf(r).cluster, command))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.TaskDeleted, nil)
}

func (s operations) ListTrainingTaskEvents(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	kind := q.choice("type", taskEventTypes...)
	history, err := s.cluster.TaskEvents(r.Context(), pathID(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	events := make([]api.TaskEvent, 0, len(history))
	for i := range history {
		if kind == "" || kind == string(history[i].Type) {
			events = append(events, s.newTaskEvent(i+1, &history[i], exchangeOf(r).language))
		}
	}
	list := backend.PlacedBy(events, func(e *api.TaskEvent) int { return e.Sequence })
	answerList(s.Server, w, r, q, list, nil, func(e *api.TaskEvent) api.TaskEvent { return *e })
}

func (s operations) GetTrainingTaskLogs(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	tail := q.integer("tail", 100, 1, 10_000)
	if err := q.done(); err != nil {
		s.fail(w, r, err)
		return
	}
	lines, err := s.cluster.TaskLog(r.Context(), pathID(r), tail)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.OK, api.TaskLog{Lines: lines})
}
