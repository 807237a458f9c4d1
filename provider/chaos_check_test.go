package provider

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/go-cmp/cmp"
)

// An apiTask is a task as the API lists it.
type apiTask struct {
	TaskID, TaskName, LaunchMode, Status string
	Labels                               map[string]string
	ResourceConfig                       struct {
		AvailabilityZone, GPUType string
		GPUCount                  int
	}
}

// freeGPUs returns the zones' free GPUs, by zone and type.
func (c *mortalCluster) freeGPUs() map[string]int {
	c.t.Helper()
	var zones []struct {
		ID           string
		GPUInventory map[string]int
	}
	if err := c.control("GET", "/api/v1/availability-zones?pageSize=500", "", &zones); err != nil {
		c.t.Fatal(err)
	}
	free := map[string]int{}
	for _, zone := range zones {
		for gpuType, count := range zone.GPUInventory {
			free[zone.ID+" "+gpuType] = count
		}
	}
	return free
}

// check compares configuration, state and API. free is what the zones have if nothing runs.
func (s *sequence) check(when string, wanted []chaosTask, free map[string]int) {
	s.t.Helper()
	tasks := s.cluster.checkTheirs(s.cluster.tasks())
	byID := map[string]apiTask{}
	free = maps.Clone(free)
	for _, task := range tasks {
		byID[task.TaskID] = task
		if holds := task.Status == "allocating" || task.Status == "starting" || task.Status == "running"; holds && task.LaunchMode == "dynamic" {
			free[task.ResourceConfig.AvailabilityZone+" "+task.ResourceConfig.GPUType] -= task.ResourceConfig.GPUCount
		}
	}
	if diff := cmp.Diff(free, s.cluster.freeGPUs()); diff != "" {
		s.t.Errorf("%s, GPUs are held for nothing, or twice (- as the tasks %+v have it, + the zones):\n%s", when, tasks, diff)
	}

	ids := s.stateIDs()
	for _, task := range wanted {
		id, inState := ids[task.address]
		got, inAPI := byID[id]
		if !inState || !inAPI {
			s.t.Errorf("%s, %s is lost: the state has the id %q, and the API %+v", when, task.address, id, got)
			continue
		}
		if got.TaskName != task.name || got.Labels["n"] != task.label || !slices.Contains(s.modes(task), got.LaunchMode) ||
			got.LaunchMode == "dynamic" && got.ResourceConfig.GPUCount != task.gpus {
			s.t.Errorf("%s, %s is not as configured:\n%+v\n%+v", when, task.address, task, got)
		}
		delete(ids, task.address)
		delete(byID, id)
	}
	if len(ids) > 0 {
		s.t.Errorf("%s, the state has tasks that aren't configured: %v", when, ids)
	}
	if len(byID) > 0 {
		s.t.Errorf("%s, the API has tasks that no state names: %+v", when, slices.Collect(maps.Values(byID)))
	}
}

// modes are those that a task may have. A mode left out is existing at a creation, as an environment runs all the time; a
// task that was configured to be dynamic, and is else the same, keeps its mode.
func (s *sequence) modes(task chaosTask) []string {
	if task.mode != "" {
		return []string{task.mode}
	}
	modes := []string{"existing"}
	for _, step := range s.steps {
		for _, earlier := range step.tasks {
			if earlier.address == task.address && earlier.mode == "dynamic" && earlier.zone == task.zone &&
				earlier.gpuType == task.gpuType && earlier.gpus == task.gpus && earlier.run == task.run {
				modes = append(modes, "dynamic")
			}
		}
	}
	return modes
}

// stateIDs returns the ids of the tasks in the state, by address.
func (s *sequence) stateIDs() map[string]string {
	s.t.Helper()
	ids := map[string]string{}
	content, err := os.ReadFile(filepath.Join(s.terraform.dir, "terraform.tfstate"))
	if errors.Is(err, fs.ErrNotExist) {
		return ids
	}
	if err != nil {
		s.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Name      string
			Instances []struct {
				Attributes struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		s.t.Fatal(err)
	}
	for _, resource := range state.Resources {
		if len(resource.Instances) == 0 {
			continue // as Terraform leaves it where a creation failed before the object was there
		}
		if len(resource.Instances) != 1 {
			s.t.Fatalf("%s has %d instances in the state:\n%s", resource.Name, len(resource.Instances), content)
		}
		ids[resource.Name] = resource.Instances[0].Attributes.ID
	}
	return ids
}
