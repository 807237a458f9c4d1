package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type plainTask struct{}

type plainModel struct {
	ID               types.String `tfsdk:"id"`
	TaskName         types.String `tfsdk:"task_name"`
	DatasetID        types.String `tfsdk:"dataset_id"`
	DatasetVersionID types.String `tfsdk:"dataset_version_id"`
	LaunchMode       types.String `tfsdk:"launch_mode"`
	EnvironmentID    types.String `tfsdk:"environment_id"`
}

func (plainTask) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "plain_task"
}

func (plainTask) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	text := schema.StringAttribute{Required: true}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":        schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"task_name": text, "dataset_id": text, "dataset_version_id": text, "launch_mode": text, "environment_id": text,
	}}
}

func (plainTask) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan plainModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	plan.ID = plan.TaskName
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (plainTask) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state plainModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

func (plainTask) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}

func (plainTask) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
