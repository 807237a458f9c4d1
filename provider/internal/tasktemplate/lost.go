package tasktemplate

import (
	"context"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/creation"
)

// lostTemplate describes a creation of a template whose answer was lost.
func lostTemplate(request fermi.TaskTemplateRequest, key string, at time.Time) *creation.Lost {
	return &creation.Lost{
		Kind: "task template", Name: request.Name, Key: key, At: at, Consequence: "Until then its name may be taken.",
		Repeat: func(ctx context.Context, client *fermi.Client) (string, error) {
			created, err := client.CreateTaskTemplate(ctx, request, key)
			return created.ID, err
		},
	}
}

// lostCreation returns the lost creation that a state stands for; ok is false if the state has a template with a known id.
func (m *templateModel) lostCreation(ctx context.Context) (*creation.Lost, bool) {
	key, at, ok := creation.ParseMark(m.ID, m.CreatedAt)
	if !ok {
		return nil, false
	}
	request, diags := m.request(ctx)
	return lostTemplate(request, key, at), !diags.HasError()
}
