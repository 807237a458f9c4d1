package fermi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"
)

// A TaskTemplate is a named configuration to create tasks from.
type TaskTemplate struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Favorite    bool       `json:"favorite"`
	Config      TaskConfig `json:"config"`
	CreatedAt   time.Time  `json:"createdAt"`
	UpdatedAt   time.Time  `json:"updatedAt"`
	Revision    int64      `json:"revision"`
	// ETag names this revision in HTTP.
	ETag string `json:"-"`
}

// A TaskConfig is what a template fills in; nil and empty fields are left to the task.
type TaskConfig struct {
	TaskName         string            `json:"taskName,omitempty"`
	Description      *string           `json:"description,omitempty"`
	DatasetID        string            `json:"datasetId,omitempty"`
	DatasetVersionID string            `json:"datasetVersionId,omitempty"`
	ModelID          string            `json:"modelId,omitempty"`
	LaunchMode       LaunchMode        `json:"launchMode,omitempty"`
	EnvironmentID    string            `json:"environmentId,omitempty"`
	ResourceConfig   *ResourceConfig   `json:"resourceConfig,omitempty"`
	Labels           map[string]string `json:"labels,omitempty"`
}

// A TaskTemplateRequest describes a template to create.
type TaskTemplateRequest struct {
	// IdempotencyKey is a UUID. The same one with the same request gives the same template; empty makes a new one.
	IdempotencyKey string `json:"-"`

	Name        string     `json:"name"`
	Description string     `json:"description,omitempty"`
	Favorite    bool       `json:"favorite"`
	Config      TaskConfig `json:"config"`
}

// A TaskTemplatePatch changes a template. Nil leaves a field as it is; Config replaces the whole of it.
type TaskTemplatePatch struct {
	// IfMatch is the ETag of the revision that the patch is for, see IsStale; empty is any.
	IfMatch string `json:"-"`

	Name        *string     `json:"name,omitempty"`
	Description *string     `json:"description,omitempty"`
	Favorite    *bool       `json:"favorite,omitempty"`
	Config      *TaskConfig `json:"config,omitempty"`
}

// CreateTaskTemplate creates one template, once: a retry after a lost answer gets the same one.
func (c *Client) CreateTaskTemplate(ctx context.Context, request TaskTemplateRequest) (TaskTemplate, error) {
	call := c.call(http.MethodPost, "/task-templates")
	call.header = map[string]string{"Idempotency-Key": cmp.Or(request.IdempotencyKey, uuid.NewString())}
	call.body = request
	var template TaskTemplate
	got, err := c.do(ctx, call, &template)
	if err == nil && template.ID == "" {
		got.uncertain = true
		err = newError(call.method, c.target(call), got, errors.New("the answer names no template"))
	}
	template.ETag = got.header.Get("ETag")
	return template, err
}

// GetTaskTemplate reads a template; see IsNotFound.
func (c *Client) GetTaskTemplate(ctx context.Context, id string) (TaskTemplate, error) {
	template, _, err := c.template(ctx, c.call(http.MethodGet, templatePath(id)), id)
	return template, err
}

// UpdateTaskTemplate changes a template, see IsStale; tasks that were made with it stay as they are.
func (c *Client) UpdateTaskTemplate(ctx context.Context, id string, patch TaskTemplatePatch) (TaskTemplate, error) {
	call := c.call(http.MethodPatch, templatePath(id))
	call.header = ifMatch(patch.IfMatch)
	call.body = patch
	template, got, err := c.template(ctx, call, id)
	if IsStale(err) && got.uncertain {
		// An earlier attempt, whose answer was lost, may have made the revision that this one met.
		if now, readErr := c.GetTaskTemplate(ctx, id); readErr == nil && patch.fits(now) {
			return now, nil
		}
	}
	return template, err
}

// fits tells whether a template has the values that the patch sets.
func (patch TaskTemplatePatch) fits(template TaskTemplate) bool {
	return (patch.Name == nil || *patch.Name == template.Name) &&
		(patch.Description == nil || *patch.Description == template.Description) &&
		(patch.Favorite == nil || *patch.Favorite == template.Favorite) &&
		(patch.Config == nil || patch.Config.equal(template.Config))
}

// equal tells whether two configurations are the same in JSON, where what is empty is left out.
func (config TaskConfig) equal(other TaskConfig) bool {
	a, errA := json.Marshal(config)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// DeleteTaskTemplate removes a template of the revision with that ETag, see IsStale, or of any where etag is empty. Deleting what
// is gone succeeds.
func (c *Client) DeleteTaskTemplate(ctx context.Context, id, etag string) error {
	call := c.call(http.MethodDelete, templatePath(id))
	call.header = ifMatch(etag)
	_, err := c.do(ctx, call, nil)
	if IsNotFound(err) {
		return nil
	}
	return err
}

// template performs a call that is answered with the template of that id.
func (c *Client) template(ctx context.Context, call call, id string) (TaskTemplate, answer, error) {
	var template TaskTemplate
	got, err := c.do(ctx, call, &template)
	if err == nil && template.ID != id {
		err = newError(call.method, c.target(call), got, fmt.Errorf("the answer is of the template %q", start(template.ID, 100)))
	}
	if err != nil {
		return TaskTemplate{}, got, err
	}
	template.ETag = got.header.Get("ETag")
	return template, got, nil
}

func templatePath(id string) string { return "/task-templates/" + url.PathEscape(id) }
