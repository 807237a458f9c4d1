package taskconfig

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// count is the kind of an optional number.
type count struct {
	rules []validator.Int64
}

func (count) valueType() attr.Type { return tfvalues.WholeNumber{} }
func (count) null() attr.Value     { return types.Int64Null() }
func (count) unknown() attr.Value  { return types.Int64Unknown() }
func (count) empty() attr.Value    { return nil }

func (k count) ofTask(_ *language.Speaker, f *field) schema.Attribute {
	modifiers := []planmodifier.Int64{fromTemplateByDefault{}}
	if f.patch == nil {
		modifiers = append(modifiers, int64planmodifier.RequiresReplace())
	}
	return schema.Int64Attribute{MarkdownDescription: f.task, Optional: true, Computed: true, CustomType: tfvalues.WholeNumber{},
		PlanModifiers: modifiers, Validators: k.rules}
}

func (k count) ofTemplate(_ *language.Speaker, f *field) schema.Attribute {
	return schema.Int64Attribute{MarkdownDescription: f.template, Optional: true, CustomType: tfvalues.WholeNumber{}, Validators: k.rules}
}

func (k count) ofEstimate(_ *language.Speaker, f *field) datasource.Attribute {
	return datasource.Int64Attribute{MarkdownDescription: f.estimate, Optional: true, CustomType: tfvalues.WholeNumber{},
		Validators: k.rules}
}

func (count) ofList(f *field) datasource.Attribute {
	return datasource.Int64Attribute{MarkdownDescription: f.listed, Computed: true, CustomType: tfvalues.WholeNumber{}}
}

// flag is the kind of a boolean that is false where it is left out.
type flag struct{}

func (flag) valueType() attr.Type { return types.BoolType }
func (flag) null() attr.Value     { return types.BoolNull() }
func (flag) unknown() attr.Value  { return types.BoolUnknown() }
func (flag) empty() attr.Value    { return types.BoolValue(false) }

func (k flag) ofTask(_ *language.Speaker, f *field) schema.Attribute {
	modifiers := []planmodifier.Bool{fromTemplateByDefault{k.empty()}}
	if f.patch == nil {
		modifiers = append(modifiers, boolplanmodifier.RequiresReplaceIf(
			func(_ context.Context, req planmodifier.BoolRequest, resp *boolplanmodifier.RequiresReplaceIfFuncResponse) {
				resp.RequiresReplace = !same(req.PlanValue, req.StateValue)
			}, startsNewTask, startsNewTask))
	}
	return schema.BoolAttribute{MarkdownDescription: f.task, Optional: true, Computed: true, PlanModifiers: modifiers}
}

func (flag) ofTemplate(_ *language.Speaker, f *field) schema.Attribute {
	return schema.BoolAttribute{MarkdownDescription: f.template, Optional: true}
}

func (flag) ofEstimate(_ *language.Speaker, f *field) datasource.Attribute {
	return datasource.BoolAttribute{MarkdownDescription: f.estimate, Optional: true}
}

func (flag) ofList(f *field) datasource.Attribute {
	return datasource.BoolAttribute{MarkdownDescription: f.listed, Computed: true}
}
