package world

import (
	"slices"
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

// checkDraft returns what is wrong with a draft, whatever may be filled in later. The texts of a draft that is kept, because
// it was accepted before, are not checked.
func (c *inventory) checkDraft(d *Draft, kept bool) *Error {
	mode := value(d.LaunchMode)
	switch {
	case blank(d.TaskName):
		return invalid(ReasonTaskName, "taskName")
	case blank(d.DatasetID):
		return invalid(ReasonDataset, "datasetId")
	case blank(d.DatasetVersionID):
		return invalid(ReasonDataset, "datasetVersionId")
	case d.LaunchMode != nil && mode != Existing && mode != Dynamic:
		return launchModeInvalid(mode)
	case blank(d.EnvironmentID):
		return invalid(ReasonEnvironment, "environmentId")
	case d.Resources != nil && blank(d.Resources.Zone):
		return invalid(ReasonZone, "resourceConfig.availabilityZone")
	}
	if !kept {
		if err := checkTexts(d.texts()...); err != nil {
			return err
		}
	}
	switch {
	case d.EnvironmentID != nil && c.catalog.EnvironmentIndex(*d.EnvironmentID) < 0:
		return invalid(ReasonEnvironmentUnknown, "environmentId").with("environmentId", *d.EnvironmentID)
	case d.EnvironmentID != nil && mode == Dynamic:
		return invalid(ReasonEnvironmentForbidden, "environmentId")
	}
	return c.checkValues(d, kept)
}
