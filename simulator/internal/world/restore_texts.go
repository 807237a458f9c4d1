package world

// sharedTexts maps each text to the one copy of it that all records share.
type sharedTexts map[string]string

// share replaces texts by their shared copies.
func share[T ~string](known sharedTexts, texts ...*T) {
	for _, text := range texts {
		if *text == "" {
			continue
		}
		one, ok := known[string(*text)]
		if !ok {
			one = string(*text)
			known[one] = one
		}
		*text = T(one)
	}
}

// all replaces the texts of a list by their shared copies.
func (s sharedTexts) all(list []string) {
	for i := range list {
		share(s, &list[i])
	}
}

// task replaces the texts of a task by their shared copies, which saves two fifths of its memory.
func (s sharedTexts) task(t *task) {
	share(s, &t.DatasetID, &t.DatasetVersionID, &t.ModelID, &t.Environment)
	share(s, &t.Reason)
	share(s, &t.LaunchMode, &t.Mode)
	if t.Priority != nil {
		share(s, t.Priority)
	}
	share(s, &t.Status)
	share(s, &t.Phase)
	if r := t.Resources; r != nil {
		share(s, &r.Zone, &r.GPUType, &r.Image)
	}
	s.all(t.Nodes)
	for i := range t.History {
		e := &t.History[i]
		share(s, &e.Type)
		share(s, &e.Mode)
		share(s, &e.Status)
		share(s, &e.Phase)
		share(s, &e.Zone, &e.Environment, &e.Node)
		share(s, &e.Reason)
		s.all(e.Nodes)
		s.all(e.Tasks)
		for i := range e.Verdicts {
			v := &e.Verdicts[i]
			share(s, &v.Reason)
			share(s, &v.GPUType)
			if v.Behind != nil {
				share(s, &v.Behind.Task)
			}
		}
		if e.Task == t.id {
			e.Task = t.id
		}
	}
}
