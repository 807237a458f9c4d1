package trainingtask

import (
	"context"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/creation"
)

// lostTask describes a creation of a task whose answer was lost.
func lostTask(request fermi.TrainingTaskRequest, key string, at time.Time) *creation.Lost {
	return &creation.Lost{
		Kind: "training task", Name: request.TaskName, Key: key, At: at, Consequence: "Until then the task may run, and cost.",
		Repeat: func(ctx context.Context, client *fermi.Client) (string, error) {
			created, err := client.CreateTask(ctx, request, key)
			return created.TaskID, err
		},
	}
}

// lostCreation returns the lost creation that a state stands for; ok is false if the state has a task with a known id.
func (m *taskModel) lostCreation(ctx context.Context) (*creation.Lost, bool) {
	key, at, ok := creation.ParseMark(m.ID, m.CreatedAt)
	if !ok {
		return nil, false
	}
	request, diags := m.request(ctx)
	return lostTask(request, key, at), !diags.HasError()
}
