package tasktemplate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/identity"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

func (r *templateResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identity.Schema("The template's id.")
}

func (r *templateResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	stays := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "A named configuration of training tasks. A task with its `template_id` takes from it what it leaves out. Tasks " +
			"that exist stay as they are when their template changes or goes.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "The template's id, such as `template-001`.",
				Computed:            true,
				PlanModifiers:       stays,
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name, at most 256 characters; no other template may have it.",
				Required:            true,
				Validators:          textrules.Name(r.speaker, language.EnterTemplateName),
			},
			"description": schema.StringAttribute{
				MarkdownDescription: "What the template is for, at most 4,096 characters. Left out: empty.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(""),
				Validators:          textrules.Description(r.speaker),
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
				Attributes:          configAttributes(r.speaker),
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

func configAttributes(speaker *language.Speaker) map[string]schema.Attribute {
	text := func(description string, blank language.Phrase) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description,
			Validators: textrules.ID(speaker, blank, language.LeaveItOut)}
	}
	count := func(description string) schema.Attribute {
		return schema.Int64Attribute{
			CustomType: tfvalues.WholeNumber{}, Optional: true, MarkdownDescription: description,
			Validators: []validator.Int64{int64validator.AtLeast(1)},
		}
	}
	return map[string]schema.Attribute{
		"task_name": schema.StringAttribute{Optional: true, MarkdownDescription: "Name of the task, at most 256 characters.",
			Validators: textrules.Name(speaker, language.EnterTaskName)},
		"description": schema.StringAttribute{Optional: true, MarkdownDescription: "What the task is for, at most 4,096 characters.",
			Validators: textrules.Description(speaker)},
		"dataset_id":         text("Dataset to train on.", language.ChooseDataset),
		"dataset_version_id": text("Version of the dataset.", language.ChooseDataset),
		"model_id":           text("Model to start from.", language.ChooseModel),
		"launch_mode": schema.StringAttribute{Optional: true, MarkdownDescription: "`existing` or `dynamic`.",
			Validators: textrules.LaunchMode},
		"environment_id": text("Development environment to share in mode `existing`.", language.ChooseEnvironment),
		"labels": schema.MapAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: "Labels, at most 64; key and value have at most 256 bytes, and " +
				"a Chinese character has three.",
			Validators: textrules.Labels(speaker),
		},
		"resource_config": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "GPUs to allocate in mode `dynamic`.",
			Attributes: map[string]schema.Attribute{
				"availability_zone": text("Zone, such as `az-bj-a`.", language.ChooseZone),
				"gpu_type":          text("Type of GPU, such as `A100`.", language.ChooseGPUType),
				"gpu_count":         count("Number of GPUs, at least 1."),
				"cpu_cores":         count("CPU cores of the whole task, at least 1."),
				"memory":            count("Memory of the whole task in GB, at least 1."),
				"image": schema.StringAttribute{Optional: true, MarkdownDescription: "Container image to train in.",
					Validators: textrules.Image(speaker, language.LeaveItOut)},
			},
		},
	}
}
