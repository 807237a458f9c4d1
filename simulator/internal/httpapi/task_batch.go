package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"net/http"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// batchRequest leaves its items undecoded, so that an error in one can name its place.
type batchRequest struct {
	Tasks []json.RawMessage `json:"tasks"`
}

func (s operations) CreateTrainingTasks(w http.ResponseWriter, r *http.Request) {
	var body batchRequest
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	key, err := idempotencyKey(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	// A list that is too long is refused before its items take memory.
	if n := len(body.Tasks); n > world.MaxBatch {
		s.fail(w, r, &world.Error{
			Kind: world.Invalid, Reason: world.ReasonBatchSize, Field: "tasks",
			Details: map[string]any{"count": n, "minimum": 1, "maximum": world.MaxBatch},
		})
		return
	}
	tasks := make([]api.TrainingTaskRequest, len(body.Tasks))
	for i := range tasks {
		if err := decodeItem(body.Tasks[i], &tasks[i], "tasks", i); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	command := world.CreateDrafts{Key: key, Digest: digest(tasks), Drafts: make([]world.Draft, len(tasks))}
	for i := range tasks {
		command.Drafts[i] = newTaskDraft(&tasks[i])
	}
	created, err := s.cluster.CreateTasks(r.Context(), exchangeOf(r).cluster, command)
	if err := noteSaved(r, err); err != nil {
		s.fail(w, r, err)
		return
	}
	answers := make([]api.CreatedTask, len(created))
	for i := range created {
		answers[i] = s.newCreatedTask(&created[i])
	}
	markReplayed(w, created[0].Replayed)
	s.answer(w, r, text.TaskCreated, answers)
}

// decodeItem decodes an item of a list. An error names the item's place.
func decodeItem(item json.RawMessage, v any, list string, i int) error {
	err := decodeObject(item, v)
	var wrong *badRequest
	if errors.As(err, &wrong) {
		wrong.field = strings.TrimSuffix(fmt.Sprintf("%s[%d].%s", list, i, wrong.field), ".")
	}
	return err
}
