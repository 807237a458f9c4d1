package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// endpointVariable is the environment variable with the address of a server that responds to every request with a task.
const endpointVariable = "PLAIN_ENDPOINT"

// plainTrainingTask has the schema of fermi_training_task and does what any resource with that schema must do: it reads
// the model, makes one request, decodes the response and writes the model.
type plainTrainingTask struct {
	schema   schema.Schema
	identity resource.IdentitySchemaResponse
	// model is a struct with a field for each attribute, like a hand-written one.
	model    reflect.Type
	fields   []field
	endpoint string
	client   *http.Client
}

// field is a field of the model and its attribute.
type field struct {
	name string
	null reflect.Value
	// live marks attributes that only the API sets.
	live bool
}

type identityModel struct {
	ID types.String `tfsdk:"id"`
}

func newPlainTrainingTask(ctx context.Context) *plainTrainingTask {
	// The default of two idle connections is too few for Terraform's concurrent calls.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = transport.MaxIdleConns
	r := &plainTrainingTask{endpoint: os.Getenv(endpointVariable), client: &http.Client{Transport: transport}}
	r.schema, r.identity = trainingTaskSchema(ctx)
	without(&r.schema, strings.Split(os.Getenv(withoutVariable), ",")...)
	var fields []reflect.StructField
	for name, attribute := range r.schema.Attributes {
		kind := attribute.GetType()
		empty, err := kind.ValueFromTerraform(ctx, nullOf(ctx, kind))
		if err != nil {
			panic(err) // can't happen: every type has a null value
		}
		fields = append(fields, reflect.StructField{
			Name: "F_" + name, Type: reflect.TypeOf(empty), Tag: reflect.StructTag(fmt.Sprintf("tfsdk:%q", name)),
		})
		r.fields = append(r.fields, field{name, reflect.ValueOf(empty), attribute.IsComputed() && !attribute.IsOptional()})
	}
	r.model = reflect.StructOf(fields)
	return r
}

func (r *plainTrainingTask) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "plain_training_task"
}

func (r *plainTrainingTask) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

func (r *plainTrainingTask) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	*resp = r.identity
}

func (r *plainTrainingTask) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	model := reflect.New(r.model)
	resp.Diagnostics.Append(req.Plan.Get(ctx, model.Interface())...)
	var name types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("task_name"), &name)...)
	task, ok := r.ask(ctx, http.MethodPost, "", fermi.TrainingTaskRequest{
		TaskName: name.ValueString(), DatasetID: "dataset-001", DatasetVersionID: "version-001",
		LaunchMode: fermi.LaunchModeExisting, EnvironmentID: "env-001",
	}, &resp.Diagnostics)
	if !ok {
		return
	}
	r.set(model.Elem(), task, func(_ field, now attr.Value) bool { return now.IsUnknown() })
	resp.Diagnostics.Append(resp.State.Set(ctx, model.Interface())...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{types.StringValue(task.TaskID)})...)
}

func (r *plainTrainingTask) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	model := reflect.New(r.model)
	resp.Diagnostics.Append(req.State.Get(ctx, model.Interface())...)
	task, ok := r.ask(ctx, http.MethodGet, "/task-001", nil, &resp.Diagnostics)
	if !ok {
		return
	}
	r.set(model.Elem(), task, func(f field, _ attr.Value) bool { return f.live })
	resp.Diagnostics.Append(resp.State.Set(ctx, model.Interface())...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{types.StringValue(task.TaskID)})...)
}

func (r *plainTrainingTask) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {
}

func (r *plainTrainingTask) Delete(ctx context.Context, _ resource.DeleteRequest, resp *resource.DeleteResponse) {
	r.ask(ctx, http.MethodDelete, "/task-001", nil, &resp.Diagnostics)
}

// ask makes the request of an operation.
func (r *plainTrainingTask) ask(ctx context.Context, method, path string, body any, diags *diag.Diagnostics) (fermi.Task, bool) {
	task, err := r.call(ctx, method, path, body)
	if err != nil {
		diags.AddError("No answer", err.Error())
	}
	return task, !diags.HasError()
}

func (r *plainTrainingTask) call(ctx context.Context, method, path string, body any) (fermi.Task, error) {
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fermi.Task{}, err
		}
		sent = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, r.endpoint+"/api/v1/training-tasks"+path, sent)
	if err != nil {
		return fermi.Task{}, err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return fermi.Task{}, err
	}
	defer response.Body.Close()
	var answer struct {
		Data fermi.Task `json:"data"`
	}
	read, err := io.ReadAll(response.Body)
	if err != nil {
		return fermi.Task{}, err
	}
	err = json.Unmarshal(read, &answer)
	return answer.Data, err
}

// set writes the wanted fields of a model from a response.
func (r *plainTrainingTask) set(model reflect.Value, task fermi.Task, wanted func(field, attr.Value) bool) {
	values := valuesOf(task)
	for i, f := range r.fields {
		if now := model.Field(i); wanted(f, now.Interface().(attr.Value)) {
			now.Set(f.null)
			if value, ok := values[f.name]; ok {
				now.Set(reflect.ValueOf(value))
			}
		}
	}
}

// valuesOf returns a response's values for the attributes that the benchmark's configuration omits.
func valuesOf(task fermi.Task) map[string]attr.Value {
	nodes := make([]attr.Value, len(task.Nodes))
	for i, node := range task.Nodes {
		nodes[i] = types.StringValue(node)
	}
	text := types.StringType
	return map[string]attr.Value{
		"id": types.StringValue(task.TaskID), "created_at": types.StringValue(task.CreatedAt.String()),
		"status": types.StringValue(string(task.Status)), "nodes": types.ListValueMust(text, nodes),
		"started_at": types.StringValue(task.StartedAt.String()),
		"cost": types.ObjectValueMust(map[string]attr.Type{"amount": text, "currency": text}, map[string]attr.Value{
			"amount": types.StringValue(task.Cost.Amount), "currency": types.StringValue(task.Cost.Currency),
		}),
		"cost_amount": types.StringValue(task.Cost.Amount), "cost_currency": types.StringValue(task.Cost.Currency),
	}
}
