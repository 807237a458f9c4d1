package taskconfig

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/objectplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// resources is the kind of resource_config.
type resources struct{}

func (resources) valueType() attr.Type { return types.ObjectType{AttrTypes: resourceconfig.Types} }
func (resources) null() attr.Value     { return types.ObjectNull(resourceconfig.Types) }
func (resources) unknown() attr.Value  { return types.ObjectUnknown(resourceconfig.Types) }
func (resources) empty() attr.Value    { return nil }

func (resources) ofTask(speaker *language.Speaker, f *field) schema.Attribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: f.task, Optional: true, Computed: true,
		PlanModifiers: []planmodifier.Object{fromTemplateByDefault{}, objectplanmodifier.RequiresReplace()},
		Attributes:    partial(speaker, true, language.Phrase{}),
	}
}

func (resources) ofTemplate(speaker *language.Speaker, f *field) schema.Attribute {
	return schema.SingleNestedAttribute{MarkdownDescription: f.template, Optional: true,
		Attributes: partial(speaker, false, language.LeaveItOut)}
}

var atLeastOne = []validator.Int64{int64validator.AtLeast(1)}

// partial returns the attributes of resources of which any may be left out. leftOut says what that means, for the message about a
// blank text.
func partial(speaker *language.Speaker, computed bool, leftOut language.Phrase) map[string]schema.Attribute {
	text := func(description string, rules []validator.String) schema.Attribute {
		return schema.StringAttribute{MarkdownDescription: description, Optional: true, Computed: computed, Validators: rules}
	}
	count := func(description string) schema.Attribute {
		return schema.Int64Attribute{MarkdownDescription: description, Optional: true, Computed: computed,
			CustomType: tfvalues.WholeNumber{}, Validators: atLeastOne}
	}
	gpus := "Number of GPUs, at least 1."
	if computed {
		gpus += " More than a node has makes a gang over several nodes."
	}
	return map[string]schema.Attribute{
		"availability_zone": text("Zone, such as `az-bj-a`.", textrules.ID(speaker, language.ChooseZone, leftOut)),
		"gpu_type":          text("Type of GPU, such as `A100`.", textrules.ID(speaker, language.ChooseGPUType, leftOut)),
		"gpu_count":         count(gpus),
		"cpu_cores":         count("CPU cores of the whole task, at least 1."),
		"memory":            count("Memory of the whole task in GB, at least 1."),
		"image":             text("Container image to train in.", textrules.Image(speaker, leftOut)),
	}
}

func (resources) ofEstimate(speaker *language.Speaker, f *field) datasource.Attribute {
	text := func(description string, rules []validator.String) datasource.Attribute {
		return datasource.StringAttribute{MarkdownDescription: description, Required: true, Validators: rules}
	}
	count := func(description string) datasource.Attribute {
		return datasource.Int64Attribute{MarkdownDescription: description, Required: true, CustomType: tfvalues.WholeNumber{},
			Validators: atLeastOne}
	}
	return datasource.SingleNestedAttribute{
		MarkdownDescription: f.estimate, Optional: true,
		Attributes: map[string]datasource.Attribute{
			"availability_zone": text("Zone, such as `az-bj-a`.", textrules.ID(speaker, language.ChooseZone, language.Phrase{})),
			"gpu_type":          text("Type of GPU, such as `A100`.", textrules.ID(speaker, language.ChooseGPUType, language.Phrase{})),
			"gpu_count":         count("Number of GPUs, at least 1."),
			"cpu_cores":         count("CPU cores of the whole task, at least 1."),
			"memory":            count("Memory of the whole task in GB, at least 1."),
			"image":             text("Container image.", textrules.Image(speaker, language.Phrase{})),
		},
	}
}

func (resources) ofList(f *field) datasource.Attribute {
	return datasource.SingleNestedAttribute{MarkdownDescription: f.listed, Computed: true, Attributes: resourceconfig.ComputedAttributes()}
}
