package fermi_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// Create a task, and wait until it runs. The API is a simulator, whose time jumps ahead while a client waits.
func Example() {
	cluster, err := simulator.New(simulator.Options{Clock: simulator.Auto})
	if err != nil {
		panic(err)
	}
	defer cluster.Close()
	server := httptest.NewServer(cluster)
	defer server.Close()

	client, err := fermi.New(fermi.Options{Endpoint: server.URL, AcceptLanguage: "en", MaxRetries: fermi.DefaultMaxRetries})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	created, err := client.CreateTask(ctx, fermi.TrainingTaskRequest{
		TaskName:         "llama2-sft",
		DatasetID:        "dataset-001",
		DatasetVersionID: "version-001",
		LaunchMode:       fermi.LaunchModeDynamic,
		ResourceConfig: &fermi.ResourceConfig{
			AvailabilityZone: "az-bj-a", GPUType: "A100", GPUCount: 4, CPUCores: 32, Memory: 256, Image: "pytorch/pytorch:2.1.0-cuda12.1",
		},
	}, "")
	if err != nil {
		panic(err)
	}
	task, err := client.GetTask(ctx, created.TaskID)
	for err == nil && task.Status.Live() && task.Status != fermi.TaskStatusRunning {
		var next fermi.Task
		var changed bool
		if next, changed, err = client.WaitTask(ctx, task.TaskID, task.ETag, 20*time.Second); changed {
			task = next
		}
	}
	if err != nil {
		panic(err)
	}
	fmt.Println(task.TaskID, task.Status, task.Nodes)

	_, err = client.GetTask(ctx, "task-404")
	fmt.Println(fermi.IsNotFound(err))

	// Output:
	// task-001 running [az-bj-a-a100-01]
	// true
}
