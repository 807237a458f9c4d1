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
	// valueAge is how long plans share what one of them has read: a thousand tasks are planned with one look at the zones,
	// and a creation hours later sees them anew.
	valueAge = 10 * time.Second
	// failureAge is the same for a failed look, so that an API out of reach holds a plan up once.
	failureAge = time.Minute
	// ReadTimeout bounds one look: a plan does without rather than wait.
	ReadTimeout = 10 * time.Second
	// MaxEstimates bounds the forecasts of one provider instance, which cost the API far more than a list.
	MaxEstimates = 20
)

// Facts are what plans look at. They end up in diagnostics, never in a planned value: when the plan is carried out
// they may have changed.
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
	// changing are the templates that the plan changes: what they will fill in isn't in the cluster yet.
	changedTemplates map[string]bool
	// released are the GPUs that tasks hold which this plan replaces, by task id.
	released map[string]fermi.ResourceConfig
	// planned are the GPUs that the plan's creations want, by zone and type; queued counts those of them that would queue, by zone.
	plannedGPUs map[[2]string]int64
	queued      map[string]int
	// carriedOut is set once the plan is being carried out.
	planningEnded bool
	// refused is set once the plan was told that it can't be carried out for want of a token or an address.
	failureReported bool
	// replacing counts replacements whose creation hasn't been planned yet, by configuration.
	replacements map[string]int
}

func New(client *fermi.Client, speaker *language.Speaker) *Facts {
	return &Facts{
		client: client, Speaker: speaker, estimates: map[string]*cached[fermi.TrainingEstimate]{}, templates: map[string]*cached[fermi.Template]{},
		changedTemplates: map[string]bool{}, released: map[string]fermi.ResourceConfig{}, plannedGPUs: map[[2]string]int64{}, queued: map[string]int{},
		replacements: map[string]int{},
	}
}

func (c *Facts) Zones(ctx context.Context) ([]fermi.AvailabilityZone, error) {
	return c.zoneList.get(ctx, func(ctx context.Context) ([]fermi.AvailabilityZone, error) {
		return c.client.ListAvailabilityZones(ctx, fermi.ListAvailabilityZonesParams{})
	})
}

func (c *Facts) Environments(ctx context.Context) (Environments, error) {
	return c.environmentList.get(ctx, func(ctx context.Context) (Environments, error) {
		return c.client.ListDevEnvironments(ctx, fermi.ListDevEnvironmentsParams{})
	})
}

func (c *Facts) Images(ctx context.Context) ([]fermi.Image, error) {
	return c.imageList.get(ctx, func(ctx context.Context) ([]fermi.Image, error) {
		return c.client.ListImages(ctx, fermi.ListImagesParams{})
	})
}

func (c *Facts) GPUTypes(ctx context.Context) ([]fermi.GPUType, error) {
	return c.gpuTypeList.get(ctx, func(ctx context.Context) ([]fermi.GPUType, error) {
		return c.client.ListGPUTypes(ctx, fermi.ListGPUTypesParams{})
	})
}

func (c *Facts) Datasets(ctx context.Context) ([]fermi.Dataset, error) {
	return c.datasetList.get(ctx, func(ctx context.Context) ([]fermi.Dataset, error) {
		return c.client.ListDatasets(ctx, fermi.ListDatasetsParams{})
	})
}

func (c *Facts) Models(ctx context.Context) ([]fermi.Model, error) {
	return c.modelList.get(ctx, func(ctx context.Context) ([]fermi.Model, error) {
		return c.client.ListModels(ctx, fermi.ListModelsParams{})
	})
}

// Template reads a template, once for all tasks that are made with it.
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

// Estimate asks what a creation would lead to; ok is false once too many different questions were asked. What a task is called
// makes no difference to the answer, but whether it is called anything does.
func (c *Facts) Estimate(ctx context.Context, request fermi.TrainingTaskRequest) (estimate fermi.TrainingEstimate, ok bool, err error) {
	question := request
	if question.TaskName != "" {
		question.TaskName = "any"
	}
	encoded, err := json.Marshal(question)
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

// Failure reports a look at the cluster that failed. A plan does without an API that is away. A wrong token or address stays wrong, so
// it is an error, once in a plan; first tells that every API answers this call, so that an answer which isn't the API's means a
// wrong address.
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
