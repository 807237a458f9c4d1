package tasktemplate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/identity"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
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
				Attributes:          taskconfig.Template(r.speaker),
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
