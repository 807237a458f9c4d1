package world

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

// check checks a task that is to be created, and chooses launch mode and environment where the caller has left them out.
func (a *admission) check(s *Spec) (launch, *Error) {
	l := launch{s.LaunchMode, -1}
	if l.mode == "" {
		l.mode = Dynamic
		if s.EnvironmentID != nil || a.environments.firstRunning() >= 0 {
			l.mode = Existing
		}
	}
	d := s.draft()
	d.LaunchMode = &l.mode
	if err := a.checkDraft(&d, a.environments, false); err != nil {
		if s.LaunchMode == "" && l.mode == Dynamic && err.Reason == ReasonZone {
			err = err.with("launchMode", string(Dynamic)).with("because", string(ReasonNoRunningEnvironment))
		}
		return l, err
	}
	if l.mode == Existing {
		l.environment = a.environments.firstRunning()
		if s.EnvironmentID != nil {
			l.environment = a.catalog.EnvironmentIndex(*s.EnvironmentID)
		}
	}
	return l, nil
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
