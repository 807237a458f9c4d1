package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"
)

// mix is a load of all kinds of calls. It keeps about population tasks alive by ending as many as it creates.
type mix struct {
	mu    sync.Mutex
	rng   *rand.Rand
	alive []string
}

const population = 300

func newMix() *mix { return &mix{rng: rand.New(rand.NewPCG(1, 2))} }

const (
	tasksPath = "/api/v1/training-tasks"
	onGPUs    = `{"taskName":"soak","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"dynamic","labels":{"by":"soak"},
		"resourceConfig":{"availabilityZone":%q,"gpuType":"T4","gpuCount":%d,"cpuCores":%d,"memory":%d,"image":"pytorch/pytorch:2.1.0-cuda12.1"}}`
	inEnvironment = `{"taskName":"soak","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"existing","environmentId":%q}`
)

var (
	fine    = []int{200}
	maybe   = []int{200, 404, 409, 410} // for a task that may have ended or been deleted
	t4Zones = []string{"az-bj-a", "az-bj-b", "az-sh-a", "az-sh-b", "az-sz-a"}
)

// newTask returns the body of a creation.
func (m *mix) newTask() string {
	if m.rng.IntN(4) == 0 {
		return fmt.Sprintf(inEnvironment, fmt.Sprintf("env-%03d", 1+m.rng.IntN(3)))
	}
	gpus := []int{1, 1, 2, 4, 8}[m.rng.IntN(5)]
	return fmt.Sprintf(onGPUs, t4Zones[m.rng.IntN(len(t4Zones))], gpus, 4*gpus, 16*gpus)
}

func (m *mix) create() call {
	return call{
		name: "create task", method: "POST", path: tasksPath, body: m.newTask(), status: fine,
		header: map[string]string{"Idempotency-Key": uuid.NewString()}, then: m.born,
	}
}

func (m *mix) born(body []byte) {
	var created struct{ Data struct{ TaskID string } }
	if json.Unmarshal(body, &created) == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.alive = append(m.alive, created.Data.TaskID)
	}
}

// any returns the path of a task that was created.
func (m *mix) any() string {
	if len(m.alive) == 0 {
		return tasksPath + "/task-001"
	}
	return tasksPath + "/" + m.alive[m.rng.IntN(len(m.alive))]
}

// end stops or deletes the oldest task.
func (m *mix) end() call {
	path := tasksPath + "/" + m.alive[0]
	m.alive = m.alive[1:]
	if m.rng.IntN(2) == 0 {
		return call{name: "stop task", method: "POST", path: path + "/stop", status: maybe}
	}
	return call{name: "delete task", method: "DELETE", path: path, status: maybe}
}

// next returns a random call.
func (m *mix) next(int) call {
	m.mu.Lock()
	defer m.mu.Unlock()
	get := func(name, path string, status []int) call {
		return call{name: name, method: "GET", path: path, status: status}
	}
	switch n := m.rng.IntN(100); {
	case n < 40:
		if len(m.alive) > population+m.rng.IntN(population) {
			return m.end()
		}
		return m.create()
	case n < 60:
		return get("read task", m.any(), maybe)
	case n < 68:
		c := get("wait for task", m.any(), append(maybe, 304))
		c.header = map[string]string{"If-None-Match": `"1"`, "Prefer": "wait=60"}
		return c
	case n < 72:
		return call{name: "update task", method: "PATCH", path: m.any(), body: `{"description":"soaked"}`, status: maybe}
	case n < 80:
		return get("list tasks", tasksPath+"?status=running&sort=taskName", fine)
	case n < 88:
		return get("list environments", "/api/v1/dev-environments", fine)
	case n < 95:
		return get("list zones", "/api/v1/availability-zones", fine)
	case n < 97:
		return get("task events", m.any()+"/events", maybe)
	case n < 99:
		return get("task log", m.any()+"/logs", maybe)
	}
	return call{name: "estimate", method: "POST", path: tasksPath + "/estimate", body: m.newTask(), status: fine}
}
