package fermi

import "context"

// ListAvailabilityZones reads all zones that params select, in the cluster's order unless they are to be sorted.
func (c *Client) ListAvailabilityZones(ctx context.Context, params ListAvailabilityZonesParams) ([]AvailabilityZone, error) {
	return list[AvailabilityZone](ctx, c, listAvailabilityZones(params))
}

// GetAvailabilityZone reads one zone; see IsNotFound.
func (c *Client) GetAvailabilityZone(ctx context.Context, id string) (AvailabilityZone, error) {
	return read[AvailabilityZone](ctx, c, getAvailabilityZone(id))
}

// ListDevEnvironments reads all environments that params select, in the cluster's order unless they are to be sorted.
func (c *Client) ListDevEnvironments(ctx context.Context, params ListDevEnvironmentsParams) ([]DevEnvironment, error) {
	return list[DevEnvironment](ctx, c, listDevEnvironments(params))
}

// GetDevEnvironment reads one environment; see IsNotFound.
func (c *Client) GetDevEnvironment(ctx context.Context, id string) (DevEnvironment, error) {
	return read[DevEnvironment](ctx, c, getDevEnvironment(id))
}

// ListGPUTypes reads all types of GPU that params select.
func (c *Client) ListGPUTypes(ctx context.Context, params ListGPUTypesParams) ([]GPUType, error) {
	return list[GPUType](ctx, c, listGPUTypes(params))
}

// ListImages reads all images that params select. Any other image is a custom one, and allowed.
func (c *Client) ListImages(ctx context.Context, params ListImagesParams) ([]Image, error) {
	return list[Image](ctx, c, listImages(params))
}

// ListDatasets reads all datasets that params select.
func (c *Client) ListDatasets(ctx context.Context, params ListDatasetsParams) ([]Dataset, error) {
	return list[Dataset](ctx, c, listDatasets(params))
}

// ListModels reads all models that params select.
func (c *Client) ListModels(ctx context.Context, params ListModelsParams) ([]Model, error) {
	return list[Model](ctx, c, listModels(params))
}

// EstimateTask asks what CreateTask would lead to, and creates nothing. It refuses what a creation would refuse.
func (c *Client) EstimateTask(ctx context.Context, request TrainingTaskRequest) (TrainingEstimate, error) {
	return read[TrainingEstimate](ctx, c, estimateTrainingTask(request))
}

// read performs a call and returns the data of its answer.
func read[T any](ctx context.Context, c *Client, call call) (T, error) {
	var data T
	_, err := c.do(ctx, call, &data)
	return data, err
}
