package provider

import (
	"context"
	"encoding/json"
	"slices"
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

	mu        sync.Mutex
	estimates map[string]*fact[fermi.Estimate]
	templates map[string]*fact[fermi.TaskTemplate]
	// released are the GPUs that tasks hold which this plan replaces, by task id.
	released map[string]fermi.ResourceConfig
	// planned are the GPUs that the plan's creations want, by zone and type; nil once it is carried out.
	planned map[[2]string]int64
	// replacing counts replacements whose creation hasn't been planned yet, by configuration.
	replacing map[string]int
}

func newClusterFacts(client *fermi.Client) *clusterFacts {
	return &clusterFacts{
		client: client, estimates: map[string]*fact[fermi.Estimate]{}, templates: map[string]*fact[fermi.TaskTemplate]{}, released: map[string]fermi.ResourceConfig{},
		planned: map[[2]string]int64{}, replacing: map[string]int{},
	}
}

// environments are some of the cluster's, in its order.
type environments []fermi.DevEnvironment

// running are those that tasks can start in.
func (e environments) running() environments {
	return slices.DeleteFunc(slices.Clone(e), func(one fermi.DevEnvironment) bool { return one.Status != fermi.EnvironmentRunning })
}

// factsOf are a session's facts, nil while the provider isn't configured.
func factsOf(data any) *clusterFacts {
	if s, ok := data.(*session); ok {
		return s.facts
	}
	return nil
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

// template reads a template; see fermi.IsNotFound.
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

// plannedIn adds a planned creation to those before it, and counts the GPUs that they want together. Once tasks are created
// it is 0: which of the planned ones the zone's figures have in them is not known then, and the plan has told.
func (c *clusterFacts) plannedIn(zone, gpuType string, gpus int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.planned == nil {
		return 0
	}
	c.planned[[2]string{zone, gpuType}] += gpus
	return c.planned[[2]string{zone, gpuType}]
}

// carryOut ends the count of planned creations.
func (c *clusterFacts) carryOut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.planned = nil
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

// planTrouble reports a look at the cluster that failed. A plan does without it.
func planTrouble(err error) diag.Diagnostic {
	return diag.NewWarningDiagnostic("Plan was made without a look at the cluster",
		"Whether tasks would fit, queue or cost too much could not be checked, and is found out when they are created. "+
			"The API could not answer: "+err.Error())
}
