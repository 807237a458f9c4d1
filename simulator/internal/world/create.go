package world

import (
	"maps"
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Created is the answer to a creation.
type Created struct {
	Task           string   `json:"task"`
	Status         Status   `json:"status"`
	Environment    string   `json:"environment,omitempty"`    // of an existing task
	EstimatedStart des.Time `json:"estimatedStart,omitempty"` // of a dynamic task
	Replayed       bool     `json:"-"`                        // the key was used before
}

// keyRecord is what a creation with an idempotency key made.
type keyRecord struct {
	digest   [32]byte
	at       des.Time
	tasks    []Created
	template *Template // as it was made; nil where tasks were
}

// replay returns what a key made before; nil for a new key, or for none.
func (w *World) replay(key string, digest [32]byte, template bool) (*keyRecord, *Error) {
	record, ok := w.keys[key]
	if !ok || key == "" {
		return nil, nil
	}
	if record.digest != digest || (record.template != nil) != template {
		return nil, record.reused()
	}
	return &record, nil
}

func (w *World) remember(key string, record keyRecord) {
	if key != "" {
		record.at = w.now
		w.keys[key] = record
		w.keyOrder = append(w.keyOrder, key)
		w.changed.key(key)
	}
}

// More than this is more than any zone has; it also keeps the arithmetic of units from overflowing.
const maxAsked = 1 << 30

func (w *World) create(c *CreateTask) (Created, *Error) {
	if record, err := w.replay(c.Key, c.Digest, false); err != nil || record != nil {
		return record.first(), err
	}
	l, err := w.check(&c.Spec)
	if err != nil {
		return Created{}, err
	}
	created := w.created([]*task{w.admit(&c.Spec, l)})
	w.remember(c.Key, keyRecord{digest: c.Digest, tasks: created})
	return created[0], nil
}

// admit makes a task of what was checked.
func (w *World) admit(s *Spec, l launch) *task {
	number := int32(len(w.tasks)) + 1
	t := &task{
		number: number, id: taskID(number), Spec: *s, mode: l.mode, environment: l.environment,
		created: w.now, queued: w.now, revision: 1,
	}
	t.Labels = maps.Clone(s.Labels)
	if s.Resources != nil {
		r := *s.Resources
		t.Resources = &r
	}
	w.tasks = append(w.tasks, t)
	w.purged = append(w.purged, 0)
	w.live++
	t.length = w.drawLength(t)
	if t.mode == Dynamic {
		w.emit(Event{Type: TaskCreated, Task: t.id})
		w.enqueue(t)
		return t
	}
	t.status, t.phase = Starting, MountingData
	w.emit(Event{Type: TaskCreated, Task: t.id, Environment: w.cfg.Environments[t.environment].ID, Status: t.status, Phase: t.phase})
	t.placed, t.began = w.now, w.now
	w.beginPhase(t)
	return t
}

// launch is the way in which a task starts.
type launch struct {
	mode        LaunchMode
	environment int // index, -1 without
}

// check validates a creation in the source's order and chooses mode and environment where the caller didn't.
func (w *World) check(s *Spec) (launch, *Error) {
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
		if s.EnvironmentID != nil || w.firstRunning() >= 0 {
			l.mode = Existing
		}
	default:
		return l, launchModeInvalid(l.mode)
	}
	err := w.checkPlace(s, l.mode)
	if err == nil {
		d := s.draft()
		err = checkTexts(d.texts()...)
	}
	if err == nil && l.mode == Existing {
		l.environment, err = w.findEnvironment(s)
	}
	if err == nil && l.mode == Dynamic && s.EnvironmentID != nil {
		err = invalid(ReasonEnvironmentForbidden, "environmentId")
	}
	if err == nil {
		err = w.checkCatalog(s.DatasetID, s.DatasetVersionID, s.ModelID)
	}
	// Resources that are given are kept on the task in either mode, so they must make sense in either.
	if r := s.Resources; err == nil && r != nil {
		if err = w.checkResources(r.draft()); err == nil {
			err = w.checkImage(&r.Image)
		}
	}
	if err == nil {
		err = checkLabels(s.Labels)
	}
	return l, err
}

func launchModeInvalid(mode LaunchMode) *Error {
	return invalid(ReasonLaunchMode, "launchMode").with("launchMode", strings.TrimSpace(string(mode))).
		with("allowed", []string{string(Existing), string(Dynamic)})
}

// checkPlace reports that environment or zone, whichever the mode needs, was not chosen.
func (w *World) checkPlace(s *Spec, mode LaunchMode) *Error {
	switch {
	case mode == Existing && blank(s.EnvironmentID):
		return invalid(ReasonEnvironment, "environmentId")
	case mode == Existing && s.EnvironmentID == nil && w.firstRunning() < 0:
		return invalid(ReasonNoRunningEnvironment, "environmentId")
	case mode == Dynamic && (s.Resources == nil || blank(&s.Resources.Zone)):
		err := invalid(ReasonZone, "resourceConfig.availabilityZone")
		if s.LaunchMode == "" {
			err = err.with("launchMode", string(Dynamic)).with("because", ReasonNoRunningEnvironment)
		}
		return err
	}
	return nil
}

// findEnvironment returns the environment that is asked for, or the first one that runs where none is.
func (w *World) findEnvironment(s *Spec) (int, *Error) {
	if s.EnvironmentID == nil {
		return w.firstRunning(), nil
	}
	id := *s.EnvironmentID
	i := w.environmentIndex(id)
	if i < 0 {
		return -1, invalid(ReasonEnvironmentUnknown, "environmentId").with("environmentId", id)
	}
	if !w.environments[i].running {
		return -1, (&Error{Kind: Conflict, Reason: ReasonEnvironmentStopped, Field: "environmentId"}).with("environmentId", id)
	}
	return i, nil
}

// checkCatalog looks for what the ids name; an empty one names nothing.
func (w *World) checkCatalog(dataset, version, model string) *Error {
	if dataset != "" {
		d := slices.IndexFunc(w.cfg.Datasets, func(d Dataset) bool { return d.ID == dataset })
		if d < 0 {
			return invalid(ReasonDatasetUnknown, "datasetId").with("datasetId", dataset)
		}
		if version != "" && !slices.Contains(w.cfg.Datasets[d].Versions, version) {
			return invalid(ReasonVersionUnknown, "datasetVersionId").with("datasetVersionId", version).
				with("versions", w.cfg.Datasets[d].Versions)
		}
	}
	if model != "" && !slices.ContainsFunc(w.cfg.Models, func(m Model) bool { return m.ID == model }) {
		return invalid(ReasonModelUnknown, "modelId").with("modelId", model)
	}
	return nil
}

func (w *World) checkResources(d *ResourceDraft) *Error {
	if blank(d.Zone) {
		return invalid(ReasonZone, "resourceConfig.availabilityZone")
	}
	if _, ok := w.zones[value(d.Zone)]; d.Zone != nil && !ok {
		return invalid(ReasonZoneUnknown, "resourceConfig.availabilityZone").with("availabilityZone", *d.Zone)
	}
	if blank(d.GPUType) {
		return invalid(ReasonGPUType, "resourceConfig.gpuType")
	}
	if d.GPUType != nil && w.gpuType(*d.GPUType) == nil {
		return invalid(ReasonGPUTypeUnknown, "resourceConfig.gpuType").with("gpuType", *d.GPUType)
	}
	for _, v := range []struct {
		field string
		value *int
	}{{"gpuCount", d.GPUs}, {"cpuCores", d.CPUCores}, {"memory", d.MemoryGB}} {
		if v.value != nil && *v.value < 1 {
			return invalid(ReasonBelowMinimum, "resourceConfig."+v.field).with("minimum", 1).with("value", *v.value)
		}
	}
	if blank(d.Image) {
		return invalid(ReasonImage, "resourceConfig.image")
	}
	if d.Zone == nil || d.GPUType == nil {
		return nil
	}
	// What is left out is taken at its least: what doesn't fit then never will.
	r := Resources{Zone: *d.Zone, GPUType: *d.GPUType, GPUs: max(1, value(d.GPUs)), CPUCores: max(1, value(d.CPUCores)), MemoryGB: max(1, value(d.MemoryGB))}
	if max(r.GPUs, r.CPUCores, r.MemoryGB) > maxAsked || !w.cluster.CanEverFit(r.request()) {
		return w.capacityExceeded(&r)
	}
	return nil
}

// capacityExceeded names the resource that the zone will never have enough of: in all, or for one GPU on one node.
func (w *World) capacityExceeded(r *Resources) *Error {
	var cores, memory, nodeCores, nodeMemory int64
	for i := range w.cluster.Len() {
		if n := w.cluster.Node(i); n.Zone == r.Zone && n.GPUType == r.GPUType {
			cores += n.CPUMilli / 1000
			memory += n.MemoryMiB / 1024
			nodeCores = max(nodeCores, n.CPUMilli/1000)
			nodeMemory = max(nodeMemory, n.MemoryMiB/1024)
		}
	}
	gpus := w.cluster.Count(r.Zone, r.GPUType).Capacity
	field := "gpuCount"
	switch asked := int64(r.GPUs); {
	case r.GPUs > gpus:
	case int64(r.CPUCores) > min(cores, asked*nodeCores):
		field = "cpuCores"
	case int64(r.MemoryGB) > min(memory, asked*nodeMemory):
		field = "memory"
	}
	return invalid(ReasonCapacity, "resourceConfig."+field).
		with("availabilityZone", r.Zone).with("gpuType", r.GPUType).
		with("asked", map[string]any{"gpuCount": r.GPUs, "cpuCores": r.CPUCores, "memory": r.MemoryGB}).
		with("capacity", map[string]any{"gpuCount": gpus, "cpuCores": cores, "memory": memory}).
		with("nodes", w.nodeShapes(r.Zone, r.GPUType))
}

// nodeShapes lists the different nodes of a zone and type, as "8 GPUs, 128 cores, 1024 GB".
func (w *World) nodeShapes(zone, gpuType string) []string {
	shapes := []string{}
	for i := range w.cluster.Len() {
		n := w.cluster.Node(i)
		if n.Zone != zone || n.GPUType != gpuType {
			continue
		}
		if s := shapeText(n); !slices.Contains(shapes, s) {
			shapes = append(shapes, s)
		}
	}
	return shapes
}

// Limits of labels, so that a page of tasks stays readable.
const (
	MaxLabels     = 64
	MaxLabelValue = 256 // bytes, of a key or a value
)

func checkLabels(labels map[string]string) *Error {
	if len(labels) > MaxLabels {
		return invalid(ReasonLabels, "labels").with("count", len(labels)).with("maximum", MaxLabels)
	}
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if k == "" || len(k) > MaxLabelValue || len(labels[k]) > MaxLabelValue {
			return invalid(ReasonLabels, "labels").with("key", k).with("maximumBytes", MaxLabelValue)
		}
	}
	return nil
}
