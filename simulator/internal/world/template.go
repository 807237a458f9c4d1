package world

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Template is a named configuration of tasks. A Template never changes: an update replaces it, so tasks and clones keep the
// one that they have.
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

// Number returns the template's number among all templates that were ever created, from 1 on.
func (t *Template) Number() int { return templateNumber(t.ID) }

func templateID(number int) string { return fmt.Sprintf("template-%03d", number) }

// templateNumber is the inverse of templateID. It returns 0 for a text that is no template's id.
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
	all := make([]Template, len(w.templates.list))
	for i, t := range w.templates.list {
		all[i] = *t
	}
	return all
}

// Template returns a template, or an error if there is none.
func (w *World) Template(id string) (Template, error) {
	t, err := w.templates.find(id)
	if err != nil {
		return Template{}, err
	}
	return *t, nil
}

// templates is the part of a world that has the task templates. Neither the list nor a template in it is ever changed in
// place: clones share both.
type templates struct {
	*core
	keys *keys

	list []*Template // oldest first
	made int         // how many templates were ever created
}

// get returns a template; nil if there is none.
func (t *templates) get(id string) *Template {
	if i := slices.IndexFunc(t.list, func(x *Template) bool { return x.ID == id }); i >= 0 {
		return t.list[i]
	}
	return nil
}

// find returns a template, or an error if there is none.
func (t *templates) find(id string) (*Template, *Error) {
	if x := t.get(id); x != nil {
		return x, nil
	}
	return nil, (&Error{Kind: NotFound, Reason: ReasonTemplateUnknown}).with("templateId", id)
}

// replace changes a template, or creates or deletes it: one of old and changed may be nil.
func (t *templates) replace(old, changed *Template) {
	list := slices.Clone(t.list)
	switch {
	case old == nil:
		list = append(list, changed)
		old = changed
	case changed == nil:
		list = slices.DeleteFunc(list, func(x *Template) bool { return x == old })
	default:
		list[slices.Index(list, old)] = changed
	}
	t.list = list
	t.journal.note(subject{kind: templateSubject, n: old.Number()})
}

// check returns what is wrong with a template that is to replace old. What stays as it is in old has been accepted, maybe
// before there were limits of texts, and is not checked against them.
func (t *templates) check(x, old *Template) *Error {
	if blank(&x.Name) {
		return invalid(ReasonTemplateName, "name")
	}
	var changed []textField
	if x.Name != old.Name {
		changed = append(changed, textField{name: "name", text: &x.Name, maximum: MaxName})
	}
	if x.Description != old.Description {
		changed = append(changed, descriptionText(&x.Description))
	}
	if err := checkTexts(changed...); err != nil {
		return err
	}
	for _, other := range t.list {
		if x.Name != old.Name && other.ID != x.ID && sameName(other.Name, x.Name) {
			return (&Error{Kind: Conflict, Reason: ReasonTemplateTaken, Field: "name"}).
				with("name", other.Name).with("templateId", other.ID)
		}
	}
	return t.checkConfig(x, reflect.DeepEqual(x.Config, old.Config))
}

// checkConfig returns what is wrong with a template's configuration. That of a template that is kept was accepted before.
func (t *templates) checkConfig(x *Template, kept bool) *Error {
	if err := t.checkDraft(&x.Config, nil, kept); err != nil {
		err.Field = "config." + err.Field
		return err
	}
	return nil
}

// create is the command CreateTemplate.
func (t *templates) create(c *CreateTemplate) (CreatedTemplate, *Error) {
	record, err := t.keys.replay(c.Key, c.Digest, true)
	if err != nil {
		return CreatedTemplate{}, err
	}
	if record != nil {
		return CreatedTemplate{*record.Template, true}, nil
	}
	x := &Template{
		Name: c.Name, Description: c.Description, Favorite: c.Favorite, Config: c.Config,
		Created: t.now, Updated: t.now, Revision: 1,
	}
	if err := t.check(x, &Template{}); err != nil {
		return CreatedTemplate{}, err
	}
	t.journal.note(subject{kind: figures})
	t.made++
	x.ID = templateID(t.made)
	t.replace(nil, x)
	t.keys.remember(c.Key, c.Digest, nil, x)
	return CreatedTemplate{*x, false}, nil
}

// update is the command UpdateTemplate. An update that changes nothing makes no revision.
func (t *templates) update(c *UpdateTemplate) *Error {
	x, err := t.find(c.Template)
	if err != nil {
		return err
	}
	if err := checkRevision(c.Revision, x.Revision); err != nil {
		return err
	}
	changed := *x
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
	if err := t.check(&changed, x); err != nil {
		return err
	}
	if reflect.DeepEqual(changed, *x) {
		return nil
	}
	changed.Updated = t.now
	changed.Revision++
	t.replace(x, &changed)
	return nil
}

// delete is the command DeleteTemplate.
func (t *templates) delete(c *DeleteTemplate) *Error {
	x, err := t.find(c.Template)
	if err == nil {
		err = checkRevision(c.Revision, x.Revision)
	}
	if err != nil {
		return err
	}
	t.replace(x, nil)
	return nil
}

// record returns what is saved of a template: a removal when it was deleted.
func (t *templates) record(id string) Record {
	x := t.get(id)
	if x == nil {
		return Record{Kind: kindTemplate, ID: id}
	}
	return record(kindTemplate, id, x)
}
