package world

import (
	"slices"
	"strings"
)

// checkCatalog returns an error if the catalog lacks the dataset, the version or the model. An empty id is for none.
func (c *inventory) checkCatalog(dataset, version, model string) *Error {
	if dataset != "" {
		d := c.catalog.Dataset(dataset)
		if d == nil {
			return invalid(ReasonDatasetUnknown, "datasetId").with("datasetId", dataset)
		}
		if version != "" && !slices.Contains(d.Versions, version) {
			return invalid(ReasonVersionUnknown, "datasetVersionId").with("datasetVersionId", version).with("versions", d.Versions)
		}
	}
	if model != "" && c.catalog.Model(model) == nil {
		return invalid(ReasonModelUnknown, "modelId").with("modelId", model)
	}
	return nil
}

// checkDraft returns the first mistake of a draft, in the order of the contract. It is the one place that has this order.
//
// running has the environments for the draft of a task, which has a launch mode and must be complete. It is nil for the draft of a
// template, of which any part may be left out: each part that is there must be right for a task of either launch mode. The texts of
// a draft that is kept, because it was accepted before, are not checked.
func (c *inventory) checkDraft(d *Draft, running *environments, kept bool) *Error {
	mode := value(d.LaunchMode)
	// Whether the draft must be right for a task of the mode.
	existing, dynamic := running == nil || mode == Existing, running == nil || mode == Dynamic
	switch {
	case blank(d.TaskName):
		return invalid(ReasonTaskName, "taskName")
	case blank(d.DatasetID):
		return invalid(ReasonDataset, "datasetId")
	case blank(d.DatasetVersionID):
		return invalid(ReasonDataset, "datasetVersionId")
	case d.LaunchMode != nil && mode != Existing && mode != Dynamic:
		return launchModeInvalid(mode)
	case existing && blank(d.EnvironmentID):
		return invalid(ReasonEnvironment, "environmentId")
	case dynamic && d.Resources != nil && blank(d.Resources.Zone):
		return invalid(ReasonZone, "resourceConfig.availabilityZone")
	}
	if running != nil {
		if err := running.checkPlace(d); err != nil {
			return err
		}
	}
	if !kept {
		if err := checkTexts(d.texts()...); err != nil {
			return err
		}
	}
	if err := c.checkEnvironment(d, running); err != nil {
		return err
	}
	// A task keeps its resources in either mode, so they must be valid in either.
	return c.checkValues(d, kept)
}

// checkPlace returns an error if a task's draft has no place to run: no zone, or no environment, given or running.
func (s *environments) checkPlace(d *Draft) *Error {
	switch mode := *d.LaunchMode; {
	case mode == Existing && d.EnvironmentID == nil && s.firstRunning() < 0:
		return invalid(ReasonNoRunningEnvironment, "environmentId")
	case mode == Dynamic && d.Resources == nil:
		return invalid(ReasonZone, "resourceConfig.availabilityZone")
	}
	return nil
}

// checkEnvironment returns what is wrong with a draft's environment, if it has one. running is as in checkDraft.
func (c *inventory) checkEnvironment(d *Draft, running *environments) *Error {
	if d.EnvironmentID == nil {
		return nil
	}
	mode, id := value(d.LaunchMode), *d.EnvironmentID
	i := c.catalog.EnvironmentIndex(id)
	switch {
	case i < 0 && (running == nil || mode == Existing):
		return invalid(ReasonEnvironmentUnknown, "environmentId").with("environmentId", id)
	case mode == Dynamic:
		return invalid(ReasonEnvironmentForbidden, "environmentId")
	case running != nil && !running.list[i].Running:
		return (&Error{Kind: Conflict, Reason: ReasonEnvironmentStopped, Field: "environmentId"}).with("environmentId", id)
	}
	return nil
}

func launchModeInvalid(mode LaunchMode) *Error {
	return invalid(ReasonLaunchMode, "launchMode").with("launchMode", strings.TrimSpace(string(mode))).
		with("allowed", []string{string(Existing), string(Dynamic)})
}
