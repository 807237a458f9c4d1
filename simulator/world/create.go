package world

import (
	"maps"
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
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
	digest [32]byte
	at     des.Time
	tasks  []Created
}

// replay returns what a key made before; nil for a new key, or for none.
func (w *World) replay(key string, digest [32]byte) (*keyRecord, *Error) {
	record, ok := w.keys[key]
	if !ok || key == "" {
		return nil, nil
	}
	if record.digest != digest {
		return nil, (&Error{Kind: Conflict, Reason: ReasonKeyReused}).with("taskId", record.tasks[0].Task)
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
	record, err := w.replay(c.Key, c.Digest)
	if err != nil {
		return Created{}, err
	}
	if record != nil {
		created := record.tasks[0]
		created.Replayed = true
		return created, nil
	}
	mode, environment, err := w.check(&c.Spec)
	if err != nil {
		return Created{}, err
	}
	t := &task{
		number: int32(len(w.tasks)) + 1, Spec: c.Spec, mode: mode, environment: environment,
		created: w.now, queued: w.now, revision: 1,
	}
	t.Labels = maps.Clone(c.Labels)
	if c.Resources != nil {
		r := *c.Resources
		t.Resources = &r
	}
	w.tasks = append(w.tasks, t)
	w.purged = append(w.purged, 0)
	w.live++
	t.length = w.drawLength(t)
	created := Created{Task: taskID(t.number)}
	if mode == Existing {
		created.Environment = w.cfg.Environments[environment].ID
		t.status, t.phase = Starting, MountingData
		w.emit(Event{Type: TaskCreated, Task: created.Task, Environment: created.Environment, Status: t.status, Phase: t.phase})
		t.placed, t.began = w.now, w.now
		w.beginPhase(t)
	} else {
		w.emit(Event{Type: TaskCreated, Task: created.Task})
		w.enqueue(t)
		if !w.quiet {
			created.EstimatedStart, _ = w.expectedStart(t)
		}
	}
	created.Status = t.status
	w.remember(c.Key, keyRecord{digest: c.Digest, tasks: []Created{created}})
	return created, nil
}

// check validates a creation in the source's order and chooses mode and environment where the caller didn't.
func (w *World) check(s *Spec) (LaunchMode, int, *Error) {
	if strings.TrimSpace(s.TaskName) == "" {
		return "", -1, invalid(ReasonTaskName, "taskName")
	}
	if strings.TrimSpace(s.DatasetID) == "" {
		return "", -1, invalid(ReasonDataset, "datasetId")
	}
	if strings.TrimSpace(s.DatasetVersionID) == "" {
		return "", -1, invalid(ReasonDataset, "datasetVersionId")
	}
	mode := s.LaunchMode
	switch mode {
	case Existing, Dynamic:
	case "":
		mode = Dynamic
		if s.EnvironmentID != nil || w.firstRunning() >= 0 {
			mode = Existing
		}
	default:
		return "", -1, invalid(ReasonLaunchMode, "launchMode").with("launchMode", string(mode)).
			with("allowed", []string{string(Existing), string(Dynamic)})
	}
	environment := -1
	var err *Error
	if mode == Existing {
		environment, err = w.checkEnvironment(s)
	} else if s.Resources == nil || strings.TrimSpace(s.Resources.Zone) == "" {
		err = invalid(ReasonZone, "resourceConfig.availabilityZone")
		if s.LaunchMode == "" {
			err = err.with("launchMode", string(Dynamic)).with("because", ReasonNoRunningEnvironment)
		}
	}
	if err == nil && mode == Dynamic && s.EnvironmentID != nil {
		err = invalid(ReasonEnvironmentForbidden, "environmentId")
	}
	if err == nil {
		err = w.checkCatalog(s)
	}
	// Resources that are given are kept on the task in either mode, so they must make sense in either.
	if err == nil && s.Resources != nil {
		err = w.checkResources(s.Resources)
	}
	if err == nil {
		err = checkLabels(s.Labels)
	}
	return mode, environment, err
}

func (w *World) checkEnvironment(s *Spec) (int, *Error) {
	if s.EnvironmentID == nil {
		i := w.firstRunning()
		if i < 0 {
			return -1, invalid(ReasonNoRunningEnvironment, "environmentId")
		}
		return i, nil
	}
	id := *s.EnvironmentID
	if strings.TrimSpace(id) == "" {
		return -1, invalid(ReasonEnvironment, "environmentId")
	}
	i := w.environmentIndex(id)
	if i < 0 {
		return -1, invalid(ReasonEnvironmentUnknown, "environmentId").with("environmentId", id)
	}
	if !w.environments[i].running {
		return -1, (&Error{Kind: Conflict, Reason: ReasonEnvironmentStopped, Field: "environmentId"}).with("environmentId", id)
	}
	return i, nil
}

func (w *World) checkCatalog(s *Spec) *Error {
	d := slices.IndexFunc(w.cfg.Datasets, func(d Dataset) bool { return d.ID == s.DatasetID })
	if d < 0 {
		return invalid(ReasonDatasetUnknown, "datasetId").with("datasetId", s.DatasetID)
	}
	if !slices.Contains(w.cfg.Datasets[d].Versions, s.DatasetVersionID) {
		return invalid(ReasonVersionUnknown, "datasetVersionId").with("datasetVersionId", s.DatasetVersionID).
			with("versions", w.cfg.Datasets[d].Versions)
	}
	if s.ModelID != "" && !slices.ContainsFunc(w.cfg.Models, func(m Model) bool { return m.ID == s.ModelID }) {
		return invalid(ReasonModelUnknown, "modelId").with("modelId", s.ModelID)
	}
	return nil
}

func (w *World) checkResources(r *Resources) *Error {
	if _, ok := w.zones[r.Zone]; !ok {
		return invalid(ReasonZoneUnknown, "resourceConfig.availabilityZone").with("availabilityZone", r.Zone)
	}
	if strings.TrimSpace(r.GPUType) == "" {
		return invalid(ReasonGPUType, "resourceConfig.gpuType")
	}
	if w.gpuType(r.GPUType) == nil {
		return invalid(ReasonGPUTypeUnknown, "resourceConfig.gpuType").with("gpuType", r.GPUType)
	}
	for _, v := range []struct {
		field string
		value int
	}{{"gpuCount", r.GPUs}, {"cpuCores", r.CPUCores}, {"memory", r.MemoryGB}} {
		if v.value < 1 {
			return invalid(ReasonBelowMinimum, "resourceConfig."+v.field).with("minimum", 1).with("value", v.value)
		}
	}
	if strings.TrimSpace(r.Image) == "" {
		return invalid(ReasonImage, "resourceConfig.image")
	}
	if max(r.GPUs, r.CPUCores, r.MemoryGB) > maxAsked || !w.cluster.CanEverFit(r.request()) {
		return w.capacityExceeded(r)
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
