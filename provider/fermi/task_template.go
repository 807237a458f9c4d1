package fermi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// A Template is a named configuration to create tasks from.
type Template struct {
	TaskTemplate
	// ETag names the template's revision in HTTP.
	ETag string `json:"-"`
}

// CreateTaskTemplate creates one template, once: a retry after a lost answer gets the same one. So does another creation with the
// same key, a UUID, and the same request. An empty key stands for a new one.
func (c *Client) CreateTaskTemplate(ctx context.Context, request TaskTemplateRequest, key string) (Template, error) {
	call := createTaskTemplate(cmp.Or(key, uuid.NewString()), request)
	var template Template
	got, err := c.do(ctx, call, &template)
	if err == nil && template.ID == "" {
		got.uncertain = true
		err = c.failure(call, got, errors.New("the answer names no template"))
	}
	template.ETag = got.header.Get("ETag")
	return template, err
}

// GetTaskTemplate reads a template; see IsNotFound.
func (c *Client) GetTaskTemplate(ctx context.Context, id string) (Template, error) {
	template, _, err := c.template(ctx, getTaskTemplate(id, ""))
	return template, err
}

// UpdateTaskTemplate changes a template of the revision with that ETag, see IsStale, or of any where etag is empty. Tasks that were
// made with it stay as they are.
func (c *Client) UpdateTaskTemplate(ctx context.Context, id, etag string, patch TaskTemplatePatch) (Template, error) {
	template, got, err := c.template(ctx, updateTaskTemplate(id, etag, patch))
	if IsStale(err) && got.uncertain {
		// An earlier attempt, whose answer was lost, may have made the revision that this one met.
		if now, readErr := c.GetTaskTemplate(ctx, id); readErr == nil && templateHasValues(now, patch) {
			return now, nil
		}
	}
	return template, err
}

// templateHasValues tells whether a template has the values that the patch sets.
func templateHasValues(template Template, patch TaskTemplatePatch) bool {
	return (patch.Name == nil || *patch.Name == template.Name) &&
		(patch.Description == nil || *patch.Description == template.Description) &&
		(patch.Favorite == nil || *patch.Favorite == template.Favorite) &&
		(patch.Config == nil || sameJSON(*patch.Config, template.Config))
}

// sameJSON tells whether two configurations are the same in JSON, where empty values are left out.
func sameJSON(a, b TaskConfig) bool {
	encodedA, errA := json.Marshal(a)
	encodedB, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(encodedA, encodedB)
}

// DeleteTaskTemplate removes a template of the revision with that ETag, see IsStale, or of any where etag is empty. Deleting what
// is gone succeeds.
func (c *Client) DeleteTaskTemplate(ctx context.Context, id, etag string) error {
	_, err := c.do(ctx, deleteTaskTemplate(id, etag), nil)
	if IsNotFound(err) {
		return nil
	}
	return err
}

// template performs a call whose answer is the template of the call's id.
func (c *Client) template(ctx context.Context, call call) (Template, answer, error) {
	var template Template
	got, err := c.do(ctx, call, &template)
	if err == nil && template.ID != call.id {
		err = c.failure(call, got, fmt.Errorf("the answer is of the template %q", start(template.ID, 100)))
	}
	if err != nil {
		return Template{}, got, err
	}
	template.ETag = got.header.Get("ETag")
	return template, got, nil
}
