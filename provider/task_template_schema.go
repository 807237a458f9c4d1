package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *taskTemplateResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{RequiredForImport: true, Description: "The template's id."},
		},
	}
}

func (r *taskTemplateResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	stays := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A named configuration of training tasks. A task with its `template_id` takes from it what it leaves out. Tasks that exist stay as they are when " +
			"their template changes or goes.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "The template's id, such as `template-001`.",
				Computed:            true,
				PlanModifiers:       stays,
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name, at most 256 characters; no other template may have it.",
				Required:            true,
				Validators:          r.voice.name(enterTemplateName),
			},
			"description": schema.StringAttribute{
				MarkdownDescription: "What the template is for, at most 4,096 characters. Left out: empty.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(""),
				Validators:          r.voice.description(),
			},
			"favorite": schema.BoolAttribute{
				MarkdownDescription: "Whether it is marked as a favourite. Left out: `false`.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"config": schema.SingleNestedAttribute{
				MarkdownDescription: "What it fills in. Any part may be left out, and is then the task's to say.",
				Required:            true,
				Attributes:          taskConfigAttributes(r.voice),
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "When it was created, RFC 3339 in UTC.",
				Computed:            true,
				PlanModifiers:       stays,
			},
			"updated_at": schema.StringAttribute{
				MarkdownDescription: "When it was last changed, RFC 3339 in UTC.",
				Computed:            true,
				PlanModifiers:       stays,
			},
		},
	}
}

func taskConfigAttributes(v *voice) map[string]schema.Attribute {
	text := func(description string, blank phrase) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: v.id(blank, leaveItOut)}
	}
	count := func(description string) schema.Attribute {
		return schema.Int64Attribute{
			CustomType: wholeNumber{}, Optional: true, MarkdownDescription: description, Validators: []validator.Int64{int64validator.AtLeast(1)},
		}
	}
	return map[string]schema.Attribute{
		"task_name": schema.StringAttribute{Optional: true, MarkdownDescription: "Name of the task, at most 256 characters.",
			Validators: v.name(enterTaskName)},
		"description": schema.StringAttribute{Optional: true, MarkdownDescription: "What the task is for, at most 4,096 characters.",
			Validators: v.description()},
		"dataset_id":         text("Dataset to train on.", chooseDataset),
		"dataset_version_id": text("Version of the dataset.", chooseDataset),
		"model_id":           text("Model to start from.", chooseModel),
		"launch_mode":        schema.StringAttribute{Optional: true, MarkdownDescription: "`existing` or `dynamic`.", Validators: launchModeValidators},
		"environment_id":     text("Development environment to share in mode `existing`.", chooseEnvironment),
		"labels": schema.MapAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: "Labels, at most 64; key and value have at most 256 bytes, and " +
				"a Chinese character has three.",
			Validators: v.labels(),
		},
		"resource_config": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "GPUs to allocate in mode `dynamic`.",
			Attributes: map[string]schema.Attribute{
				"availability_zone": text("Zone, such as `az-bj-a`.", chooseZone),
				"gpu_type":          text("Type of GPU, such as `A100`.", chooseGPUType),
				"gpu_count":         count("Number of GPUs, at least 1."),
				"cpu_cores":         count("CPU cores of the whole task, at least 1."),
				"memory":            count("Memory of the whole task in GB, at least 1."),
				"image": schema.StringAttribute{Optional: true, MarkdownDescription: "Container image to train in.",
					Validators: v.image(leaveItOut)},
			},
		},
	}
}
