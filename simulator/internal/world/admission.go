package world

import "strings"

// admission is the part of a world that checks whether a task can be created, and where it would run.
type admission struct {
	*core
	environments *environments
	templates    *templates
}

// launch is where a task runs.
type launch struct {
	mode        LaunchMode
	environment int // index; -1 for a dynamic task
}

// check validates a creation in the order of the contract, and chooses launch mode and environment where the caller has
// left them out.
func (a *admission) check(s *Spec) (launch, *Error) {
	l := launch{s.LaunchMode, -1}
	switch {
	case blank(&s.TaskName):
		return l, invalid(ReasonTaskName, "taskName")
	case blank(&s.DatasetID):
		return l, invalid(ReasonDataset, "datasetId")
	case blank(&s.DatasetVersionID):
		return l, invalid(ReasonDataset, "datasetVersionId")
	}
	switch l.mode {
	case Existing, Dynamic:
	case "":
		l.mode = Dynamic
		if s.EnvironmentID != nil || a.environments.firstRunning() >= 0 {
			l.mode = Existing
		}
	default:
		return l, launchModeInvalid(l.mode)
	}
	err := a.checkPlace(s, l.mode)
	d := s.draft()
	if err == nil {
		err = checkTexts(d.texts()...)
	}
	if err == nil && l.mode == Existing {
		l.environment, err = a.findEnvironment(s)
	}
	if err == nil && l.mode == Dynamic && s.EnvironmentID != nil {
		err = invalid(ReasonEnvironmentForbidden, "environmentId")
	}
	// The task keeps its resources in either mode, so they must be valid in either.
	if err == nil {
		err = a.checkValues(&d, false)
	}
	return l, err
}

func launchModeInvalid(mode LaunchMode) *Error {
	return invalid(ReasonLaunchMode, "launchMode").with("launchMode", strings.TrimSpace(string(mode))).
		with("allowed", []string{string(Existing), string(Dynamic)})
}

// checkPlace reports that the environment or the zone that the mode needs was not chosen.
func (a *admission) checkPlace(s *Spec, mode LaunchMode) *Error {
	switch {
	case mode == Existing && blank(s.EnvironmentID):
		return invalid(ReasonEnvironment, "environmentId")
	case mode == Existing && s.EnvironmentID == nil && a.environments.firstRunning() < 0:
		return invalid(ReasonNoRunningEnvironment, "environmentId")
	case mode == Dynamic && (s.Resources == nil || blank(&s.Resources.Zone)):
		err := invalid(ReasonZone, "resourceConfig.availabilityZone")
		if s.LaunchMode == "" {
			err = err.with("launchMode", string(Dynamic)).with("because", string(ReasonNoRunningEnvironment))
		}
		return err
	}
	return nil
}

// findEnvironment returns the index of the environment that the spec names, or of the first running one if it names none.
func (a *admission) findEnvironment(s *Spec) (int, *Error) {
	if s.EnvironmentID == nil {
		return a.environments.firstRunning(), nil
	}
	id := *s.EnvironmentID
	i := a.catalog.EnvironmentIndex(id)
	if i < 0 {
		return -1, invalid(ReasonEnvironmentUnknown, "environmentId").with("environmentId", id)
	}
	if !a.environments.list[i].Running {
		return -1, (&Error{Kind: Conflict, Reason: ReasonEnvironmentStopped, Field: "environmentId"}).with("environmentId", id)
	}
	return i, nil
}

// Resolve fills in a draft from its template. It returns an error if there is no such template.
func (w *World) Resolve(d Draft) (Spec, error) {
	s, err := w.admission.resolve(&d)
	if err != nil {
		return Spec{}, err
	}
	return s, nil
}

// resolve fills in a draft from its template. It returns an error if there is no such template.
func (a *admission) resolve(d *Draft) (Spec, *Error) {
	if d.TemplateID == nil {
		return d.spec(), nil
	}
	if err := checkTexts(idText("templateId", d.TemplateID)); err != nil {
		return Spec{}, err
	}
	t := a.templates.get(*d.TemplateID)
	if t == nil {
		return Spec{}, invalid(ReasonTemplateUnknown, "templateId").with("templateId", *d.TemplateID)
	}
	filled := d.withDefaults(&t.Config)
	return filled.spec(), nil
}
