package httpapi

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func (s *Server) newTemplate(t *world.Template) api.TaskTemplate {
	return api.TaskTemplate{
		ID: t.ID, Name: t.Name, Description: t.Description, Favorite: t.Favorite, Config: newTaskConfig(&t.Config),
		CreatedAt: formatTime(s.engine.Time(t.Created)), UpdatedAt: formatTime(s.engine.Time(t.Updated)), Revision: t.Revision,
	}
}

func (s *Server) answerTemplate(w http.ResponseWriter, r *http.Request, m message, t *world.Template) {
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
	var created world.CreatedTemplate
	if err := s.do(r, command, func(_ *world.World, result world.Result) { created = result.Template }); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Location", apiPrefix+"task-templates/"+created.ID)
	markReplayed(w, created.Replayed)
	s.answerTemplate(w, r, messageTemplateCreated, &created.Template)
}

func (s operations) ListTaskTemplates(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	favorite := q.choice("favorite", "true", "false")
	named := q.named()
	var all []world.Template
	s.engine.View(func(wd *world.World) { all = wd.Templates() })
	all = slices.DeleteFunc(all, func(t world.Template) bool {
		return favorite != "" && t.Favorite != (favorite == "true") || !named(t.Name)
	})
	answerList(s.Server, w, r, q, placedBy(all, (*world.Template).Number), templateSorts, s.newTemplate)
}

var templateSorts = sorting[*world.Template]{
	"createdAt": nil,
	"updatedAt": func(a, b *world.Template) int { return cmp.Compare(a.Updated, b.Updated) },
	"name":      func(a, b *world.Template) int { return compareTexts(a.Name, b.Name) },
}

func (s operations) GetTaskTemplate(w http.ResponseWriter, r *http.Request) {
	var t world.Template
	var err error
	s.engine.View(func(wd *world.World) { t, err = wd.Template(mux.Vars(r)["id"]) })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if tags := r.Header.Get("If-None-Match"); tags != "" && matches(tags, t.Revision) {
		tag(w, t.Revision)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.answerTemplate(w, r, messageOK, &t)
}

func (s operations) UpdateTaskTemplate(w http.ResponseWriter, r *http.Request) {
	var body api.TaskTemplatePatch
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	revision, err := requiredRevision(r.Header.Get("If-Match"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	command := world.UpdateTemplate{
		Template: mux.Vars(r)["id"], Name: body.Name, Description: body.Description, Favorite: body.Favorite, Revision: revision,
	}
	if body.Config != nil {
		config := newDraft(body.Config)
		command.Config = &config
	}
	var t world.Template
	err = s.do(r, command, func(wd *world.World, _ world.Result) { t, _ = wd.Template(command.Template) })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerTemplate(w, r, messageTemplateUpdated, &t)
}

func (s operations) DeleteTaskTemplate(w http.ResponseWriter, r *http.Request) {
	revision, err := requiredRevision(r.Header.Get("If-Match"))
	if err == nil {
		err = s.do(r, world.DeleteTemplate{Template: mux.Vars(r)["id"], Revision: revision}, nil)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, messageTemplateDeleted, nil)
}
