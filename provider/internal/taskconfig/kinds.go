package taskconfig

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
)

// A kind makes the attribute of a field in each place that has it.
type kind interface {
	valueType() attr.Type
	null() attr.Value
	unknown() attr.Value
	// empty is what a task has that has no value of its own; nil stands for null.
	empty() attr.Value

	ofTask(*language.Speaker, *field) schema.Attribute
	ofTemplate(*language.Speaker, *field) schema.Attribute
	ofEstimate(*language.Speaker, *field) datasource.Attribute
	ofList(*field) datasource.Attribute
}

// Task returns the attributes of a task.
func Task(speaker *language.Speaker) map[string]schema.Attribute {
	all := map[string]schema.Attribute{}
	for i := range fields {
		all[fields[i].name] = fields[i].kind.ofTask(speaker, &fields[i])
	}
	return all
}

// Template returns the attributes of a template's configuration.
func Template(speaker *language.Speaker) map[string]schema.Attribute {
	all := map[string]schema.Attribute{}
	for i := range fields {
		all[fields[i].name] = fields[i].kind.ofTemplate(speaker, &fields[i])
	}
	return all
}

// Estimate returns the attributes of an estimate, those of a Launch.
func Estimate(speaker *language.Speaker) map[string]datasource.Attribute {
	all := map[string]datasource.Attribute{}
	for i := range fields {
		if fields[i].estimate != "" {
			all[fields[i].name] = fields[i].kind.ofEstimate(speaker, &fields[i])
		}
	}
	return all
}

// Listed returns the attributes of a task in a list.
func Listed() map[string]datasource.Attribute {
	all := map[string]datasource.Attribute{}
	for i := range fields {
		all[fields[i].name] = fields[i].kind.ofList(&fields[i])
	}
	return all
}

// text is the kind of a string.
type text struct {
	// rules returns the validators. leftOut says what leaving the attribute out means, for the message about a blank text.
	rules   func(speaker *language.Speaker, leftOut language.Phrase) []validator.String
	leftOut language.Phrase // in a task or an estimate
	// none is the text of a task that has none of its own; null if it has null then.
	none types.String
	// chosen is set if the API chooses a value where there is none.
	chosen bool
	// written plans how the attribute is written where the API knows several forms of the same; it may be nil.
	written planmodifier.String
}

func name(blank language.Phrase) func(*language.Speaker, language.Phrase) []validator.String {
	return func(speaker *language.Speaker, _ language.Phrase) []validator.String {
		return textrules.Name(speaker, blank)
	}
}

func description(speaker *language.Speaker, _ language.Phrase) []validator.String {
	return textrules.Description(speaker)
}

func id(blank language.Phrase) func(*language.Speaker, language.Phrase) []validator.String {
	return func(speaker *language.Speaker, leftOut language.Phrase) []validator.String {
		return textrules.ID(speaker, blank, leftOut)
	}
}

func launchMode(*language.Speaker, language.Phrase) []validator.String { return textrules.LaunchMode }
func priority(*language.Speaker, language.Phrase) []validator.String   { return textrules.Priority }

func (text) valueType() attr.Type { return types.StringType }
func (text) null() attr.Value     { return types.StringNull() }
func (text) unknown() attr.Value  { return types.StringUnknown() }

func (k text) empty() attr.Value {
	if k.none.IsNull() {
		return nil
	}
	return k.none
}

func (k text) ofTask(speaker *language.Speaker, f *field) schema.Attribute {
	modifiers := []planmodifier.String{fromTemplateByDefault{k.empty()}}
	if k.chosen {
		modifiers = []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	}
	if f.patch == nil {
		modifiers = append(modifiers, stringplanmodifier.RequiresReplace())
	}
	modifiers = append(modifiers, k.modifiers()...)
	return schema.StringAttribute{MarkdownDescription: f.task, Optional: true, Computed: true, PlanModifiers: modifiers,
		Validators: k.rules(speaker, k.leftOut)}
}

// modifiers are those that a task and a template have in common.
func (k text) modifiers() []planmodifier.String {
	if k.written == nil {
		return nil
	}
	return []planmodifier.String{k.written}
}

func (k text) ofTemplate(speaker *language.Speaker, f *field) schema.Attribute {
	return schema.StringAttribute{MarkdownDescription: f.template, Optional: true, PlanModifiers: k.modifiers(),
		Validators: k.rules(speaker, language.LeaveItOut)}
}

func (k text) ofEstimate(speaker *language.Speaker, f *field) datasource.Attribute {
	return datasource.StringAttribute{MarkdownDescription: f.estimate, Optional: true, Computed: k.chosen,
		Validators: k.rules(speaker, k.leftOut)}
}

func (text) ofList(f *field) datasource.Attribute {
	return datasource.StringAttribute{MarkdownDescription: f.listed, Computed: true}
}

// startsNewTask describes the modifier of an attribute that a task keeps.
const startsNewTask = "A change starts a new task."

// textList is the kind of a list of strings.
type textList struct {
	rules func(*language.Speaker) []validator.List
}

func (textList) valueType() attr.Type { return types.ListType{ElemType: types.StringType} }
func (textList) null() attr.Value     { return types.ListNull(types.StringType) }
func (textList) unknown() attr.Value  { return types.ListUnknown(types.StringType) }
func (textList) empty() attr.Value    { return types.ListValueMust(types.StringType, []attr.Value{}) }

func (k textList) ofTask(speaker *language.Speaker, f *field) schema.Attribute {
	modifiers := []planmodifier.List{fromTemplateByDefault{k.empty()}}
	if f.patch == nil {
		modifiers = append(modifiers, listplanmodifier.RequiresReplaceIf(
			func(_ context.Context, req planmodifier.ListRequest, resp *listplanmodifier.RequiresReplaceIfFuncResponse) {
				resp.RequiresReplace = !same(req.PlanValue, req.StateValue)
			}, startsNewTask, startsNewTask))
	}
	return schema.ListAttribute{MarkdownDescription: f.task, Optional: true, Computed: true, ElementType: types.StringType,
		PlanModifiers: modifiers, Validators: k.rules(speaker)}
}

func (k textList) ofTemplate(speaker *language.Speaker, f *field) schema.Attribute {
	return schema.ListAttribute{MarkdownDescription: f.template, Optional: true, ElementType: types.StringType, Validators: k.rules(speaker)}
}

func (k textList) ofEstimate(speaker *language.Speaker, f *field) datasource.Attribute {
	return datasource.ListAttribute{MarkdownDescription: f.estimate, Optional: true, ElementType: types.StringType,
		Validators: k.rules(speaker)}
}

func (textList) ofList(f *field) datasource.Attribute {
	return datasource.ListAttribute{MarkdownDescription: f.listed, Computed: true, ElementType: types.StringType}
}

// textMap is the kind of a map of strings.
type textMap struct {
	rules func(*language.Speaker) []validator.Map
}

func (textMap) valueType() attr.Type { return types.MapType{ElemType: types.StringType} }
func (textMap) null() attr.Value     { return types.MapNull(types.StringType) }
func (textMap) unknown() attr.Value  { return types.MapUnknown(types.StringType) }
func (textMap) empty() attr.Value {
	return types.MapValueMust(types.StringType, map[string]attr.Value{})
}

func (k textMap) ofTask(speaker *language.Speaker, f *field) schema.Attribute {
	modifiers := []planmodifier.Map{fromTemplateByDefault{k.empty()}}
	if f.patch == nil {
		modifiers = append(modifiers, mapplanmodifier.RequiresReplaceIf(
			func(_ context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse) {
				resp.RequiresReplace = !same(req.PlanValue, req.StateValue)
			}, startsNewTask, startsNewTask))
	}
	return schema.MapAttribute{MarkdownDescription: f.task, Optional: true, Computed: true, ElementType: types.StringType,
		PlanModifiers: modifiers, Validators: k.rules(speaker)}
}

func (k textMap) ofTemplate(speaker *language.Speaker, f *field) schema.Attribute {
	return schema.MapAttribute{MarkdownDescription: f.template, Optional: true, ElementType: types.StringType, Validators: k.rules(speaker)}
}

func (k textMap) ofEstimate(speaker *language.Speaker, f *field) datasource.Attribute {
	return datasource.MapAttribute{MarkdownDescription: f.estimate, Optional: true, ElementType: types.StringType,
		Validators: k.rules(speaker)}
}

func (textMap) ofList(f *field) datasource.Attribute {
	return datasource.MapAttribute{MarkdownDescription: f.listed, Computed: true, ElementType: types.StringType}
}
