// Package clusterfacts is what plans know about the cluster: what it offers, what the whole plan asks for, and whether the ids
// in a configuration exist. It is used for diagnostics only, never for planned values, because the cluster may have changed by
// the time the plan is applied.
package clusterfacts

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
)

const (
	// valueAge is how long an answer is shared: a plan of a thousand tasks reads the zones once, and a creation hours later reads
	// them again.
	valueAge = 10 * time.Second
	// failureAge is how long a failure is shared, so that an unreachable API delays a plan once.
	failureAge = time.Minute
	// ReadTimeout bounds one read. A plan does without the answer rather than wait for it.
	ReadTimeout = 10 * time.Second
	// MaxEstimates bounds the forecasts of one provider instance. They cost the API far more than a list.
	MaxEstimates = 20
)

// Facts are the cluster's answers and the totals of the present plan. It is safe for concurrent use.
type Facts struct {
	client          *fermi.Client
	zoneList        cached[[]fermi.AvailabilityZone]
	environmentList cached[Environments]
	imageList       cached[[]fermi.Image]
	gpuTypeList     cached[[]fermi.GPUType]
	datasetList     cached[[]fermi.Dataset]
	modelList       cached[[]fermi.Model]
	Speaker         *language.Speaker

	mu        sync.Mutex
	estimates map[string]*cached[fermi.TrainingEstimate]
	templates map[string]*cached[fermi.Template]
	// changedTemplates are the templates that the plan changes. What they will fill in isn't in the cluster yet.
	changedTemplates map[string]bool
	// released has the GPUs of each task that the plan replaces, by the task's id.
	released map[string]fermi.ResourceConfig
	// plannedGPUs counts the GPUs of planned tasks by zone and type, and queued has the priorities of planned tasks that would queue,
	// by zone.
	plannedGPUs map[[2]string]int64
	queued      map[string][]fermi.Priority
	// planningEnded is set once the plan is being applied.
	planningEnded bool
	// failureReported is set once a wrong token or address was reported.
	failureReported bool
	// replacements counts, by configuration, the replacements that were previewed and whose creation wasn't planned yet.
	replacements map[string]int
}

// New returns the facts of the client's cluster.
func New(client *fermi.Client, speaker *language.Speaker) *Facts {
	return &Facts{
		client: client, Speaker: speaker, estimates: map[string]*cached[fermi.TrainingEstimate]{},
		templates:        map[string]*cached[fermi.Template]{},
		changedTemplates: map[string]bool{}, released: map[string]fermi.ResourceConfig{}, plannedGPUs: map[[2]string]int64{},
		queued:       map[string][]fermi.Priority{},
		replacements: map[string]int{},
	}
}

// Zones returns all availability zones.
func (c *Facts) Zones(ctx context.Context) ([]fermi.AvailabilityZone, error) {
	return c.zoneList.get(ctx, func(ctx context.Context) ([]fermi.AvailabilityZone, error) {
		return c.client.ListAvailabilityZones(ctx, fermi.ListAvailabilityZonesParams{})
	})
}

// Environments returns all development environments.
func (c *Facts) Environments(ctx context.Context) (Environments, error) {
	return c.environmentList.get(ctx, func(ctx context.Context) (Environments, error) {
		return c.client.ListDevEnvironments(ctx, fermi.ListDevEnvironmentsParams{})
	})
}

// Images returns the images that the cluster offers.
func (c *Facts) Images(ctx context.Context) ([]fermi.Image, error) {
	return c.imageList.get(ctx, func(ctx context.Context) ([]fermi.Image, error) {
		return c.client.ListImages(ctx, fermi.ListImagesParams{})
	})
}

// GPUTypes returns all types of GPU.
func (c *Facts) GPUTypes(ctx context.Context) ([]fermi.GPUType, error) {
	return c.gpuTypeList.get(ctx, func(ctx context.Context) ([]fermi.GPUType, error) {
		return c.client.ListGPUTypes(ctx, fermi.ListGPUTypesParams{})
	})
}

// Datasets returns all datasets.
func (c *Facts) Datasets(ctx context.Context) ([]fermi.Dataset, error) {
	return c.datasetList.get(ctx, func(ctx context.Context) ([]fermi.Dataset, error) {
		return c.client.ListDatasets(ctx, fermi.ListDatasetsParams{})
	})
}

// Models returns all models.
func (c *Facts) Models(ctx context.Context) ([]fermi.Model, error) {
	return c.modelList.get(ctx, func(ctx context.Context) ([]fermi.Model, error) {
		return c.client.ListModels(ctx, fermi.ListModelsParams{})
	})
}

// Template returns a task template. All tasks made with it share one read.
func (c *Facts) Template(ctx context.Context, id string) (fermi.Template, error) {
	c.mu.Lock()
	known, ok := c.templates[id]
	if !ok {
		known = &cached[fermi.Template]{}
		c.templates[id] = known
	}
	c.mu.Unlock()
	return known.get(ctx, func(ctx context.Context) (fermi.Template, error) { return c.client.GetTaskTemplate(ctx, id) })
}

// Estimate asks what a creation would lead to. Requests that differ only in the task's name share one answer, since the forecast doesn't
// depend on it. ok is false once MaxEstimates different requests were made.
func (c *Facts) Estimate(ctx context.Context, request fermi.TrainingTaskRequest) (estimate fermi.TrainingEstimate, ok bool, err error) {
	anonymous := request
	if anonymous.TaskName != "" {
		anonymous.TaskName = "any"
	}
	encoded, err := json.Marshal(anonymous)
	if err != nil {
		return fermi.TrainingEstimate{}, false, err
	}
	c.mu.Lock()
	known, ok := c.estimates[string(encoded)]
	if !ok && len(c.estimates) < MaxEstimates {
		known, ok = &cached[fermi.TrainingEstimate]{}, true
		c.estimates[string(encoded)] = known
	}
	c.mu.Unlock()
	if !ok {
		return fermi.TrainingEstimate{}, false, nil
	}
	estimate, err = known.get(ctx, func(ctx context.Context) (fermi.TrainingEstimate, error) { return c.client.EstimateTask(ctx, request) })
	return estimate, true, err
}

// Failure reports a failed read. Planning goes on without an unreachable API, which is a warning. A permanent failure, such as a
// wrong token, is an error, once in a plan. See apierror.IsPermanent about first.
func (c *Facts) Failure(tried string, err error, first bool) diag.Diagnostics {
	if !apierror.IsPermanent(err, first) {
		return diag.Diagnostics{diag.NewWarningDiagnostic("Plan was made without a look at the cluster",
			"Whether tasks would fit, queue or cost too much could not be checked, and is found out when they are created. "+
				"The API could not answer: "+err.Error())}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failureReported {
		return nil
	}
	c.failureReported = true
	return diag.Diagnostics{apierror.Diagnostic(tried, err)}
}
