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

// CreateTaskTemplate creates one template: a retry after a lost answer returns the same one, and so does a later call with the
// same key and request. The key is a UUID; an empty one stands for a new one.
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

// ListTaskTemplates reads all templates that params select, in the order of their creation unless they are to be sorted.
func (c *Client) ListTaskTemplates(ctx context.Context, params ListTaskTemplatesParams) ([]Template, error) {
	return list[Template](ctx, c, listTaskTemplates(params))
}

// UpdateTaskTemplate changes the template if it has the revision of the ETag, see IsStale; an empty etag means any. Tasks made
// with the template stay as they are.
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

// templateHasValues reports whether a template has the values that the patch sets.
func templateHasValues(template Template, patch TaskTemplatePatch) bool {
	return (patch.Name == nil || *patch.Name == template.Name) &&
		(patch.Description == nil || *patch.Description == template.Description) &&
		(patch.Favorite == nil || *patch.Favorite == template.Favorite) &&
		(patch.Config == nil || sameJSON(*patch.Config, template.Config))
}

// sameJSON reports whether two configurations are the same in JSON, where empty values are left out.
func sameJSON(a, b TaskConfig) bool {
	encodedA, errA := json.Marshal(a)
	encodedB, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(encodedA, encodedB)
}

// DeleteTaskTemplate deletes the template if it has the revision of the ETag, see IsStale; an empty etag means any. Deleting
// what doesn't exist succeeds.
func (c *Client) DeleteTaskTemplate(ctx context.Context, id, etag string) error {
	_, err := c.do(ctx, deleteTaskTemplate(id, etag), nil)
	if IsNotFound(err) {
		return nil
	}
	return err
}

// template sends a call whose answer is the template with the call's id.
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
