package httpapi

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func (s *Server) newTemplate(t *world.Template) api.TaskTemplate {
	return api.TaskTemplate{
		ID: t.ID, Name: t.Name, Description: t.Description, Favorite: t.Favorite, Config: newTaskConfig(&t.Config),
		CreatedAt: formatTime(s.cluster.Time(t.Created)), UpdatedAt: formatTime(s.cluster.Time(t.Updated)), Revision: t.Revision,
	}
}

func (s *Server) answerTemplate(w http.ResponseWriter, r *http.Request, m text.Message, t *world.Template) {
	tag(w, t.Revision)
	s.answer(w, r, m, s.newTemplate(t))
}

func (s operations) CreateTaskTemplate(w http.ResponseWriter, r *http.Request) {
	var body api.TaskTemplateRequest
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	key, err := idempotencyKey(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	command := world.CreateTemplate{
		Name: body.Name, Description: body.Description, Favorite: body.Favorite, Config: newDraft(&body.Config),
		Key: key, Digest: digest(body),
	}
	created, err := s.cluster.CreateTemplate(r.Context(), exchangeOf(r).cluster, command)
	if err := noteSaved(r, err); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Location", apiPrefix+"task-templates/"+created.ID)
	markReplayed(w, created.Replayed)
	s.answerTemplate(w, r, text.TemplateCreated, &created.Template)
}

func (s operations) ListTaskTemplates(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	favorite := q.boolean("favorite")
	named := q.partOfName()
	all, err := s.cluster.ListTemplates(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	all = slices.DeleteFunc(all, func(t world.Template) bool {
		return favorite != nil && t.Favorite != *favorite || !named.Lets(t.Name)
	})
	answerList(s.Server, w, r, q, backend.PlacedBy(all, (*world.Template).Number), templateSorts, s.newTemplate)
}

var templateSorts = backend.Sorting[*world.Template]{
	"createdAt": nil,
	"updatedAt": func(a, b *world.Template) int { return cmp.Compare(a.Updated, b.Updated) },
	"name":      func(a, b *world.Template) int { return backend.CompareTexts(a.Name, b.Name) },
}

func (s operations) GetTaskTemplate(w http.ResponseWriter, r *http.Request) {
	t, err := s.cluster.Template(r.Context(), pathID(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if tags := r.Header.Get("If-None-Match"); tags != "" && matches(tags, t.Revision) {
		tag(w, t.Revision)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.answerTemplate(w, r, text.OK, &t)
}

func (s operations) UpdateTaskTemplate(w http.ResponseWriter, r *http.Request) {
	var body api.TaskTemplatePatch
	revision, err := decodeChange(r, &body)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	command := world.UpdateTemplate{
		Template: pathID(r), Name: body.Name, Description: body.Description, Favorite: body.Favorite, Revision: revision,
	}
	if body.Config != nil {
		config := newDraft(body.Config)
		command.Config = &config
	}
	t, err := s.cluster.UpdateTemplate(r.Context(), exchangeOf(r).cluster, command)
	if err := noteSaved(r, err); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerTemplate(w, r, text.TemplateUpdated, &t)
}

func (s operations) DeleteTaskTemplate(w http.ResponseWriter, r *http.Request) {
	revision, err := requiredRevision(r)
	if err == nil {
		command := world.DeleteTemplate{Template: pathID(r), Revision: revision}
		err = noteSaved(r, s.cluster.DeleteTemplate(r.Context(), exchangeOf(r).cluster, command))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.TemplateDeleted, nil)
}
