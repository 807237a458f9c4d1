package fermi_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// Every call of the client, and what it makes of the answer, against the contract.
func TestEveryCallKeepsTheContract(t *testing.T) {
	sim, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(contracttest.Handler(t, sim))
	defer server.Close()
	defer sim.Close()
	client, err := fermi.New(fermi.Options{Endpoint: server.URL, AcceptLanguage: "en"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()

	cluster, err := client.GetCluster(ctx)
	if err != nil || cluster.Name == "" || cluster.APIVersion == "" || !cluster.Ephemeral {
		t.Errorf("cluster %+v, %v", cluster, err)
	}
	if seen, err := fermi.LookAt(ctx, server.URL, nil); err != nil || seen != cluster {
		t.Errorf("the cluster at %s is %+v, %v; want %+v", server.URL, seen, err, cluster)
	}
	others := client.ForCluster("0b1f3c1e-8f5b-4c3e-9d8a-1f2e3d4c5b6a")
	client = client.ForCluster(cluster.ID)

	environments, err := client.ListDevEnvironments(ctx, fermi.ListDevEnvironmentsParams{
		Status: "running", Type: "notebook", GPUType: "A100", AvailabilityZone: "az-bj-a", Tag: []string{"PyTorch", "Jupyter"},
		Health: "healthy", MinGPUCount: 2, Sort: "activeTasks", Order: "desc",
	})
	if err != nil || len(environments) != 1 || environments[0].Uptime != "5d3h" || len(environments[0].Tags) != 3 {
		t.Errorf("environments %+v, %v", environments, err)
	}
	environment, err := client.GetDevEnvironment(ctx, "env-003")
	if err != nil || environment.GPUCount != 4 || environment.Memory == 0 {
		t.Errorf("environment %+v, %v", environment, err)
	}
	if _, err := client.GetDevEnvironment(ctx, "env-404"); !fermi.IsNotFound(err) {
		t.Errorf("an unknown environment: %v", err)
	}

	available := true
	zones, err := client.ListAvailabilityZones(ctx, fermi.ListAvailabilityZonesParams{Region: "北京", Available: &available, GPUType: "A100",
		MinFree: 32})
	if err != nil || len(zones) != 1 || zones[0].GPUInventory["A100"] != 32 || zones[0].GPUCapacity["T4"] != 128 {
		t.Errorf("zones %+v, %v", zones, err)
	}
	zone, err := client.GetAvailabilityZone(ctx, "az-sz-c")
	if err != nil || zone.Name != "深圳可用区C" || !zone.Available {
		t.Errorf("zone %+v, %v", zone, err)
	}

	recommended := true
	gpuTypes, err := client.ListGPUTypes(ctx, fermi.ListGPUTypesParams{Recommended: &recommended, MinMemory: 80, Sort: "price", Order: "desc"})
	if err != nil || len(gpuTypes) != 1 || gpuTypes[0].PricePerGPUHour.Amount != "36.80" || gpuTypes[0].Memory != 80 {
		t.Errorf("GPU types %+v, %v", gpuTypes, err)
	}
	images, err := client.ListImages(ctx, fermi.ListImagesParams{Name: "tensorflow", Sort: "size", Order: "asc"})
	if err != nil || len(images) != 1 || images[0].SizeMB != 3400 {
		t.Errorf("images %+v, %v", images, err)
	}
	datasets, err := client.ListDatasets(ctx, fermi.ListDatasetsParams{Name: "alpaca", Sort: "size"})
	if err != nil || len(datasets) != 1 || len(datasets[0].Versions) != 2 || datasets[0].Tokens != 1.5e8 {
		t.Errorf("datasets %+v, %v", datasets, err)
	}
	models, err := client.ListModels(ctx, fermi.ListModelsParams{Name: "llama2-7b", Sort: "parameters"})
	if err != nil || len(models) != 1 || models[0].Parameters != 6.7e9 {
		t.Errorf("models %+v, %v", models, err)
	}

	template, err := client.CreateTaskTemplate(ctx, fermi.TaskTemplateRequest{
		Name: "t", Description: "d", Favorite: true, Config: fermi.TaskConfig{
			TaskName: "n", Description: new(""), DatasetID: "dataset-001", DatasetVersionID: "version-001", ModelID: "model-001",
			LaunchMode:     fermi.LaunchModeDynamic,
			ResourceConfig: &fermi.ResourceConfig{GPUType: "A100"}, Labels: map[string]string{"team": "nlp"},
		},
	}, "")
	if err != nil || template.ID == "" || !template.Favorite || *template.Config.Description != "" ||
		*template.Config.ResourceConfig != (fermi.ResourceConfig{GPUType: "A100"}) {
		t.Errorf("template %+v, %v", template, err)
	}
	stale := template.ETag
	template, err = client.UpdateTaskTemplate(ctx, template.ID, stale, fermi.TaskTemplatePatch{
		Name: new("u"), Description: new(""), Favorite: new(false), Config: &fermi.TaskConfig{LaunchMode: fermi.LaunchModeExisting,
			EnvironmentID: "env-001"},
	})
	if err != nil || template.ETag == "" || template.ETag == stale || template.Name != "u" || template.Favorite ||
		template.Config.EnvironmentID != "env-001" || template.Config.ResourceConfig != nil {
		t.Errorf("updated template %+v, %v", template, err)
	}
	if read, err := client.GetTaskTemplate(ctx, template.ID); err != nil || read.Name != "u" || read.UpdatedAt.Before(read.CreatedAt) {
		t.Errorf("read template %+v, %v", read, err)
	}
	if _, err := client.UpdateTaskTemplate(ctx, template.ID, stale, fermi.TaskTemplatePatch{Name: new("v")}); !fermi.IsStale(err) {
		t.Errorf("update of an older revision: %v", err)
	}
	if err := client.DeleteTaskTemplate(ctx, template.ID, stale); !fermi.IsStale(err) {
		t.Errorf("deletion of an older revision: %v", err)
	}
	if err := others.DeleteTaskTemplate(ctx, template.ID, template.ETag); !fermi.IsWrongCluster(err) {
		t.Errorf("deletion in another cluster: %v", err)
	}
	made, err := client.CreateTask(ctx, fermi.TrainingTaskRequest{
		TemplateID: template.ID, TaskName: "n", DatasetID: "dataset-001", DatasetVersionID: "version-001", Description: new(""),
		Labels: map[string]string{},
	}, "")
	if err != nil || made.EnvironmentID != "env-001" {
		t.Errorf("task from a template %+v, %v", made, err)
	}
	if from, err := client.GetTask(ctx, made.TaskID); err != nil || from.TemplateID != template.ID {
		t.Errorf("task from a template %+v, %v", from, err)
	}
	for range 2 {
		if err := client.DeleteTaskTemplate(ctx, template.ID, ""); err != nil {
			t.Errorf("delete template: %v", err)
		}
	}
	if _, err := client.GetTaskTemplate(ctx, template.ID); !fermi.IsNotFound(err) {
		t.Errorf("deleted template: %v", err)
	}
	if err := client.DeleteTask(ctx, made.TaskID, ""); err != nil {
		t.Error(err)
	}

	estimate, err := client.EstimateTask(ctx, fermi.TrainingTaskRequest{
		TaskName: "n", DatasetID: "dataset-001", DatasetVersionID: "version-001", LaunchMode: fermi.LaunchModeExisting,
	})
	if err != nil || estimate.EnvironmentID != "env-001" || estimate.HourlyPrice.Amount != "73.60" || estimate.Capacity.Verdict != "alone" ||
		estimate.FinishTime.P90 == nil || len(estimate.Suggestions) == 0 || estimate.Suggestions[0].FinishTime == nil {
		t.Errorf("estimate %+v, %v", estimate, err)
	}

	created, err := client.CreateTask(ctx, fermi.TrainingTaskRequest{
		TaskName: "n", DatasetID: "dataset-001", DatasetVersionID: "version-001", ModelID: "model-001", LaunchMode: fermi.LaunchModeDynamic,
		ResourceConfig: &fermi.ResourceConfig{
			AvailabilityZone: "az-bj-a", GPUType: "A100", GPUCount: 12, CPUCores: 96, Memory: 768, Image: "my/own:1",
		},
		Description: new("d"), Labels: map[string]string{"team": "nlp"},
	}, "")
	if err != nil || created.Status != fermi.TaskStatusAllocating || created.EstimatedStartTime == nil {
		t.Fatalf("created %+v, %v", created, err)
	}
	id := created.TaskID
	task, err := client.GetTask(ctx, id)
	if err != nil || task.ETag == "" || task.Labels["team"] != "nlp" || task.ResourceConfig.GPUCount != 12 || task.Cost.Currency != "CNY" {
		t.Errorf("task %+v, %v", task, err)
	}
	for task.Status != fermi.TaskStatusRunning {
		next, changed, err := client.WaitTask(ctx, id, task.ETag, 20*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if changed {
			task = next
		}
	}
	if len(task.Nodes) != 2 || task.StartedAt == nil || task.FinishedAt != nil {
		t.Errorf("running task %+v", task)
	}

	name, none := "renamed", fermi.Labels{}
	stale = task.ETag
	task, err = client.UpdateTask(ctx, id, stale, fermi.TrainingTaskPatch{TaskName: &name, Labels: &none})
	if err != nil || task.TaskName != name || task.Description != "d" || len(task.Labels) != 0 {
		t.Errorf("updated %+v, %v", task, err)
	}
	for call, err := range map[string]error{
		"update": errorOf(client.UpdateTask(ctx, id, stale, fermi.TrainingTaskPatch{TaskName: new("again")})),
		"stop":   errorOf(client.StopTask(ctx, id, stale)),
		"delete": client.DeleteTask(ctx, id, stale),
	} {
		if !fermi.IsStale(err) {
			t.Errorf("%s of an older revision: %v", call, err)
		}
	}
	for call, err := range map[string]error{
		"read":   errorOf(others.GetTask(ctx, id)),
		"create": errorOf(others.CreateTask(ctx, fermi.TrainingTaskRequest{TaskName: "n"}, "")),
		"update": errorOf(others.UpdateTask(ctx, id, "", fermi.TrainingTaskPatch{TaskName: new("again")})),
		"stop":   errorOf(others.StopTask(ctx, id, "")),
		"delete": others.DeleteTask(ctx, id, ""),
	} {
		if !fermi.IsWrongCluster(err) {
			t.Errorf("%s in another cluster: %v", call, err)
		}
	}
	tasks, err := client.ListTasks(ctx, fermi.ListTrainingTasksParams{
		Status: []fermi.TaskStatus{fermi.TaskStatusRunning, fermi.TaskStatusQueued}, LaunchMode: fermi.LaunchModeDynamic, Name: "name",
		Label: nil,
	})
	if err != nil || len(tasks) != 1 {
		t.Errorf("tasks %+v, %v", tasks, err)
	}
	if tasks, err := client.ListTasks(ctx, fermi.ListTrainingTasksParams{Label: []string{"team=nlp", "any"}}); err != nil || len(tasks) != 0 {
		t.Errorf("tasks by label %+v, %v", tasks, err)
	}
	events, err := client.ListTaskEvents(ctx, id)
	if err != nil || len(events) < 5 || events[0].Type != "created" {
		t.Errorf("events %+v, %v", events, err)
	}
	if lines, err := client.TaskLog(ctx, id, 3); err != nil || len(lines) == 0 || len(lines) > 3 {
		t.Errorf("log %q, %v", lines, err)
	}

	for each, err := range client.EachTask(ctx, fermi.ListTrainingTasksParams{}, 1) {
		if err != nil || each.TaskID != id {
			t.Errorf("task %+v, %v", each, err)
		}
	}

	task, err = client.StopTask(ctx, id, task.ETag)
	if err != nil || task.Status != fermi.TaskStatusStopped || task.FinishedAt == nil || task.ETag == "" {
		t.Errorf("stopped %+v, %v", task, err)
	}
	if _, err := client.StopTask(ctx, id, ""); !fermi.IsConflict(err) {
		t.Errorf("stopped twice: %v", err)
	}
	for range 2 {
		if err := client.DeleteTask(ctx, id, ""); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	if _, err := client.GetTask(ctx, id); !fermi.IsNotFound(err) {
		t.Errorf("deleted: %v", err)
	}
}

func errorOf(_ any, err error) error { return err }
