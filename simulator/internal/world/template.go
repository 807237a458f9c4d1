package world

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Template is a named configuration. A world replaces it as a whole when it changes: tasks that were made with it, and
// clones, keep what they have.
type Template struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Favorite    bool     `json:"favorite,omitempty"`
	Config      Draft    `json:"config"`
	Created     des.Time `json:"created"`
	Updated     des.Time `json:"updated"`
	Revision    int      `json:"revision"`
}

// CreatedTemplate is the answer to the creation of a template.
type CreatedTemplate struct {
	Template
	Replayed bool // the key was used before
}

// Number is the template's number among all templates that were ever created, from 1 on.
func (t *Template) Number() int { return templateNumber(t.ID) }

func templateID(number int) string { return fmt.Sprintf("template-%03d", number) }

// templateNumber is the inverse of templateID; 0 for what is no template's id.
func templateNumber(id string) int {
	digits, _ := strings.CutPrefix(id, "template-")
	n, err := strconv.Atoi(digits)
	if err != nil || templateID(n) != id {
		return 0
	}
	return n
}

// Templates returns all templates in the order of their creation.
func (w *World) Templates() []Template {
	all := make([]Template, len(w.templates))
	for i, t := range w.templates {
		all[i] = *t
	}
	return all
}

// Template returns a template; the error is that there is none.
func (w *World) Template(id string) (Template, error) {
	t, err := w.findTemplate(id)
	if err != nil {
		return Template{}, err
	}
	return *t, nil
}

func (w *World) template(id string) *Template {
	if i := slices.IndexFunc(w.templates, func(t *Template) bool { return t.ID == id }); i >= 0 {
		return w.templates[i]
	}
	return nil
}

func (w *World) findTemplate(id string) (*Template, *Error) {
	if t := w.template(id); t != nil {
		return t, nil
	}
	return nil, (&Error{Kind: NotFound, Reason: ReasonTemplateUnknown}).with("templateId", id)
}

// checkTemplate finds what is wrong with a template that is to take the place of old. What stays as it is in old has been
// accepted, maybe before there were limits of texts, and is not held against them.
func (w *World) checkTemplate(t, old *Template) *Error {
	if blank(&t.Name) {
		return invalid(ReasonTemplateName, "name")
	}
	var changed []textField
	if t.Name != old.Name {
		changed = append(changed, textField{name: "name", text: &t.Name, maximum: MaxName})
	}
	if t.Description != old.Description {
		changed = append(changed, descriptionText(&t.Description))
	}
	if err := checkTexts(changed...); err != nil {
		return err
	}
	for _, other := range w.templates {
		if t.Name != old.Name && other.ID != t.ID && sameName(other.Name, t.Name) {
			return (&Error{Kind: Conflict, Reason: ReasonTemplateTaken, Field: "name"}).
				with("name", other.Name).with("templateId", other.ID)
		}
	}
	return w.checkTemplateConfig(t, reflect.DeepEqual(t.Config, old.Config))
}

func (w *World) checkTemplateConfig(t *Template, kept bool) *Error {
	if err := w.checkDraft(&t.Config, kept); err != nil {
		err.Field = "config." + err.Field
		return err
	}
	return nil
}

func (w *World) templateChanged(id string) {
	w.changed.template(id)
	w.touched.template(templateNumber(id))
}

func (w *World) createTemplate(c *CreateTemplate) (CreatedTemplate, *Error) {
	record, err := w.replay(c.Key, c.Digest, true)
	if err != nil {
		return CreatedTemplate{}, err
	}
	if record != nil {
		return CreatedTemplate{*record.template, true}, nil
	}
	t := &Template{
		Name: c.Name, Description: c.Description, Favorite: c.Favorite, Config: c.Config,
		Created: w.now, Updated: w.now, Revision: 1,
	}
	if err := w.checkTemplate(t, &Template{}); err != nil {
		return CreatedTemplate{}, err
	}
	w.templatesMade++
	t.ID = templateID(w.templatesMade)
	w.templates = append(slices.Clip(w.templates), t) // clones share the list
	w.templateChanged(t.ID)
	w.remember(c.Key, keyRecord{digest: c.Digest, template: t})
	return CreatedTemplate{*t, false}, nil
}

func (w *World) updateTemplate(c *UpdateTemplate) *Error {
	t, err := w.findTemplate(c.Template)
	if err != nil {
		return err
	}
	if err := checkRevision(c.Revision, t.Revision); err != nil {
		return err
	}
	changed := *t
	if c.Name != nil {
		changed.Name = *c.Name
	}
	if c.Description != nil {
		changed.Description = *c.Description
	}
	if c.Favorite != nil {
		changed.Favorite = *c.Favorite
	}
	if c.Config != nil {
		changed.Config = *c.Config
	}
	if err := w.checkTemplate(&changed, t); err != nil {
		return err
	}
	if reflect.DeepEqual(changed, *t) {
		return nil
	}
	changed.Updated = w.now
	changed.Revision++
	w.templates = slices.Clone(w.templates)
	w.templates[slices.Index(w.templates, t)] = &changed
	w.templateChanged(t.ID)
	return nil
}

func (w *World) deleteTemplate(c *DeleteTemplate) *Error {
	t, err := w.findTemplate(c.Template)
	if err == nil {
		err = checkRevision(c.Revision, t.Revision)
	}
	if err != nil {
		return err
	}
	w.templates = slices.DeleteFunc(slices.Clone(w.templates), func(other *Template) bool { return other == t })
	w.templateChanged(t.ID)
	return nil
}
