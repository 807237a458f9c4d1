package provider

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

const (
	// factAge is how long plans share what one of them has read: a thousand tasks are planned with one look at the zones,
	// and a creation hours later sees them anew.
	factAge = 10 * time.Second
	// troubleAge is the same for a failed look, so that an API out of reach holds a plan up once.
	troubleAge = time.Minute
	// factTimeout bounds one look: a plan does without rather than wait.
	factTimeout = 10 * time.Second
	// maxEstimates bounds the forecasts of one provider instance, which cost the API far more than a list.
	maxEstimates = 20
)

// session is what a configured provider gives to its resources and data sources.
type session struct {
	client  *fermi.Client
	facts   *clusterFacts
	cluster *clusterLook
	seen    seenTasks
	// made are the ids of templates that this run created.
	made sync.Map
}

// seenTasks are tasks as this run last read them, so that a plan can tell of them without reading them again. It is safe for
// concurrent use.
type seenTasks struct{ byID sync.Map }

func (s *seenTasks) add(task fermi.Task) { s.byID.Store(task.TaskID, task) }

func (s *seenTasks) get(id string) (fermi.Task, bool) {
	task, ok := s.byID.Load(id)
	if !ok {
		return fermi.Task{}, false
	}
	return task.(fermi.Task), true
}

// clusterFacts are what plans look at. They end up in diagnostics, never in a planned value: when the plan is carried out
// they may have changed.
type clusterFacts struct {
	client       *fermi.Client
	zones        fact[[]fermi.AvailabilityZone]
	environments fact[environments]
	images       fact[[]fermi.Image]
	gpuTypes     fact[[]fermi.GPUType]
	datasets     fact[[]fermi.Dataset]
	models       fact[[]fermi.Model]
	voice        *voice

	mu        sync.Mutex
	estimates map[string]*fact[fermi.Estimate]
	templates map[string]*fact[fermi.TaskTemplate]
	// changing are the templates that the plan changes: what they will fill in isn't in the cluster yet.
	changing map[string]bool
	// released are the GPUs that tasks hold which this plan replaces, by task id.
	released map[string]fermi.ResourceConfig
	// planned are the GPUs that the plan's creations want, by zone and type; queued counts those of them that would queue, by zone.
	planned map[[2]string]int64
	queued  map[string]int
	// carriedOut is set once the plan is being carried out.
	carriedOut bool
	// refused is set once the plan was told that it can't be carried out for want of a token or an address.
	refused bool
	// replacing counts replacements whose creation hasn't been planned yet, by configuration.
	replacing map[string]int
}

func newClusterFacts(client *fermi.Client, v *voice) *clusterFacts {
	return &clusterFacts{
		client: client, voice: v, estimates: map[string]*fact[fermi.Estimate]{}, templates: map[string]*fact[fermi.TaskTemplate]{},
		changing: map[string]bool{}, released: map[string]fermi.ResourceConfig{}, planned: map[[2]string]int64{}, queued: map[string]int{},
		replacing: map[string]int{},
	}
}

// A fact is an answer of the API, or its failure, that is kept for a while.
type fact[T any] struct {
	mu    sync.Mutex
	until time.Time
	value T
	err   error
}

// get reads the fact, or waits for whoever does so already.
func (f *fact[T]) get(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Now().Before(f.until) {
		return f.value, f.err
	}
	reading, cancel := context.WithTimeout(ctx, factTimeout)
	defer cancel()
	f.value, f.err = read(reading)
	switch {
	case ctx.Err() != nil:
		// The caller was interrupted, which tells nothing of the API.
	case f.err != nil:
		f.until = time.Now().Add(troubleAge)
	default:
		f.until = time.Now().Add(factAge)
	}
	return f.value, f.err
}

func (c *clusterFacts) allZones(ctx context.Context) ([]fermi.AvailabilityZone, error) {
	return c.zones.get(ctx, func(ctx context.Context) ([]fermi.AvailabilityZone, error) {
		return c.client.ListAvailabilityZones(ctx, fermi.AvailabilityZoneFilter{})
	})
}

func (c *clusterFacts) allEnvironments(ctx context.Context) (environments, error) {
	return c.environments.get(ctx, func(ctx context.Context) (environments, error) {
		return c.client.ListDevEnvironments(ctx, fermi.DevEnvironmentFilter{})
	})
}

func (c *clusterFacts) allImages(ctx context.Context) ([]fermi.Image, error) {
	return c.images.get(ctx, func(ctx context.Context) ([]fermi.Image, error) {
		return c.client.ListImages(ctx, fermi.NameFilter{})
	})
}

func (c *clusterFacts) allGPUTypes(ctx context.Context) ([]fermi.GPUType, error) {
	return c.gpuTypes.get(ctx, func(ctx context.Context) ([]fermi.GPUType, error) {
		return c.client.ListGPUTypes(ctx, fermi.GPUTypeFilter{})
	})
}

func (c *clusterFacts) allDatasets(ctx context.Context) ([]fermi.Dataset, error) {
	return c.datasets.get(ctx, func(ctx context.Context) ([]fermi.Dataset, error) {
		return c.client.ListDatasets(ctx, fermi.NameFilter{})
	})
}

func (c *clusterFacts) allModels(ctx context.Context) ([]fermi.Model, error) {
	return c.models.get(ctx, func(ctx context.Context) ([]fermi.Model, error) {
		return c.client.ListModels(ctx, fermi.NameFilter{})
	})
}

// template reads a template, once for all tasks that are made with it.
func (c *clusterFacts) template(ctx context.Context, id string) (fermi.TaskTemplate, error) {
	c.mu.Lock()
	known, ok := c.templates[id]
	if !ok {
		known = &fact[fermi.TaskTemplate]{}
		c.templates[id] = known
	}
	c.mu.Unlock()
	return known.get(ctx, func(ctx context.Context) (fermi.TaskTemplate, error) { return c.client.GetTaskTemplate(ctx, id) })
}

// change notes that the plan changes a template.
func (c *clusterFacts) change(template string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changing[template] = true
}

// changes tells whether the plan changes a template.
func (c *clusterFacts) changes(template string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changing[template]
}

// estimate asks what a creation would lead to; ok is false once too many different questions were asked. What a task is called
// makes no difference to the answer, but whether it is called anything does.
func (c *clusterFacts) estimate(ctx context.Context, request fermi.TaskRequest) (estimate fermi.Estimate, ok bool, err error) {
	question := request
	if question.TaskName != "" {
		question.TaskName = "any"
	}
	encoded, err := json.Marshal(question)
	if err != nil {
		return fermi.Estimate{}, false, err
	}
	c.mu.Lock()
	known, ok := c.estimates[string(encoded)]
	if !ok && len(c.estimates) < maxEstimates {
		known, ok = &fact[fermi.Estimate]{}, true
		c.estimates[string(encoded)] = known
	}
	c.mu.Unlock()
	if !ok {
		return fermi.Estimate{}, false, nil
	}
	estimate, err = known.get(ctx, func(ctx context.Context) (fermi.Estimate, error) { return c.client.EstimateTask(ctx, request) })
	return estimate, true, err
}

// release notes that the plan replaces a task, whose GPUs will be free before the new one is created.
func (c *clusterFacts) release(state trainingTaskModel) {
	resources := resourcesOf(state.ResourceConfig)
	if fermi.LaunchMode(state.LaunchMode.ValueString()) != fermi.Dynamic || !fermi.TaskStatus(state.Status.ValueString()).Live() || resources == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released[state.ID.ValueString()] = *resources
}

// releasedIn counts the GPUs of a type that the plan frees in a zone.
func (c *clusterFacts) releasedIn(zone, gpuType string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var gpus int64
	for _, resources := range c.released {
		if resources.AvailabilityZone == zone && resources.GPUType == gpuType {
			gpus += resources.GPUCount
		}
	}
	return gpus
}

// ask adds a planned creation to those before it, and tells how many GPUs they ask for together, in the order of planning.
func (c *clusterFacts) ask(zone, gpuType string, gpus int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.planned[[2]string{zone, gpuType}] += gpus
	return c.planned[[2]string{zone, gpuType}]
}

// asked counts the GPUs that all creations planned so far want together.
func (c *clusterFacts) asked(zone, gpuType string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.planned[[2]string{zone, gpuType}]
}

// queue adds a planned creation to those that would queue in a zone, and tells how many were there before it.
func (c *clusterFacts) queue(zone string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queued[zone]++
	return c.queued[zone] - 1
}

// carryOut ends the planning. Terraform plans each task again right before its creation, and shows what that says after it, when
// forecasts of the creation no longer hold.
func (c *clusterFacts) carryOut() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.carriedOut = true
}

// tell are the diagnostics to show: once the plan is carried out, which it said itself before, only errors.
func (c *clusterFacts) tell(diags diag.Diagnostics) diag.Diagnostics {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.carriedOut {
		return diags.Errors()
	}
	return diags
}

// replace notes that the creation which replaces a task has been looked at: Terraform plans the change first and then the
// creation, and drops the warnings of the second.
func (c *clusterFacts) replace(config tftypes.Value) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replacing[config.String()]++
}

// replaced tells whether a planned creation was looked at as a replacement, once for each.
func (c *clusterFacts) replaced(config tftypes.Value) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.replacing) == 0 {
		return false
	}
	key := config.String()
	switch c.replacing[key] {
	case 0:
		return false
	case 1:
		delete(c.replacing, key)
	default:
		c.replacing[key]--
	}
	return true
}

// trouble reports a look at the cluster that failed. A plan does without an API that is away. A wrong token or address stays wrong, so
// it is an error, once in a plan; first tells that every API answers this call, so that an answer which isn't the API's means a
// wrong address.
func (c *clusterFacts) trouble(tried string, err error, first bool) diag.Diagnostics {
	if !staysWrong(err, first) {
		return diag.Diagnostics{diag.NewWarningDiagnostic("Plan was made without a look at the cluster",
			"Whether tasks would fit, queue or cost too much could not be checked, and is found out when they are created. "+
				"The API could not answer: "+err.Error())}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused {
		return nil
	}
	c.refused = true
	return diag.Diagnostics{apiError(tried, err)}
}

// staysWrong tells of a failure that waiting doesn't mend.
func staysWrong(err error, first bool) bool {
	var e *fermi.Error
	switch {
	case !errors.As(err, &e):
		return false
	case hasStatus(err, http.StatusUnauthorized), isUntrusted(e), fermi.IsWithoutTLS(e):
		return true
	case !first:
		return false
	}
	return hasStatus(err, http.StatusForbidden) || isElsewhere(e) || e.Cause == nil && e.Status >= 300 && e.Status < 400
}
