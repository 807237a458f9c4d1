package main

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	fermiprovider "github.com/fermi-cluster/terraform-provider-fermi/provider"
)

// withoutVariable is the environment variable with parts to remove from the schema, to measure their cost: a
// comma-separated list of modifiers, validators and nested.
const withoutVariable = "PLAIN_WITHOUT"

// trainingTaskSchema returns the provider's schema of fermi_training_task.
func trainingTaskSchema(ctx context.Context) (schema.Schema, resource.IdentitySchemaResponse) {
	fermi := fermiprovider.New("bench")()
	var metadata provider.MetadataResponse
	fermi.Metadata(ctx, provider.MetadataRequest{}, &metadata)
	for _, construct := range fermi.Resources(ctx) {
		r := construct()
		var is resource.MetadataResponse
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: metadata.TypeName}, &is)
		if is.TypeName != "fermi_training_task" {
			continue
		}
		var theirs resource.SchemaResponse
		r.Schema(ctx, resource.SchemaRequest{}, &theirs)
		var identity resource.IdentitySchemaResponse
		r.(resource.ResourceWithIdentity).IdentitySchema(ctx, resource.IdentitySchemaRequest{}, &identity)
		return theirs.Schema, identity
	}
	panic("the provider has no fermi_training_task")
}

// without removes parts from a schema.
func without(s *schema.Schema, parts ...string) {
	for _, part := range parts {
		switch part {
		case "":
		case "nested":
			s.Attributes = flat(s.Attributes)
		default:
			s.Attributes = each(s.Attributes, part)
		}
	}
}

// flat moves the attributes of nested objects to the top level.
func flat(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	all := map[string]schema.Attribute{}
	for name, attribute := range attributes {
		nested, ok := attribute.(schema.SingleNestedAttribute)
		if !ok {
			all[name] = attribute
			continue
		}
		for within, inner := range nested.Attributes {
			all[name+"_"+within] = inner
		}
	}
	return all
}

// each removes a part from every attribute.
func each(attributes map[string]schema.Attribute, part string) map[string]schema.Attribute {
	all := map[string]schema.Attribute{}
	for name, attribute := range attributes {
		switch a := attribute.(type) {
		case schema.StringAttribute:
			drop(part, &a.PlanModifiers, &a.Validators)
			all[name] = a
		case schema.Int64Attribute:
			drop(part, &a.PlanModifiers, &a.Validators)
			all[name] = a
		case schema.BoolAttribute:
			drop(part, &a.PlanModifiers, &a.Validators)
			all[name] = a
		case schema.MapAttribute:
			drop(part, &a.PlanModifiers, &a.Validators)
			all[name] = a
		case schema.ListAttribute:
			drop(part, &a.PlanModifiers, &a.Validators)
			all[name] = a
		case schema.SingleNestedAttribute:
			drop(part, &a.PlanModifiers, &a.Validators)
			a.Attributes = each(a.Attributes, part)
			all[name] = a
		default:
			panic(fmt.Sprintf("%s is of a type that the benchmark doesn't know: %T", name, attribute))
		}
	}
	return all
}

// drop clears the modifiers or the validators, as part says.
func drop[M, V any](part string, modifiers *[]M, validators *[]V) {
	switch part {
	case "modifiers":
		*modifiers = nil
	case "validators":
		*validators = nil
	default:
		panic(fmt.Sprintf("%s has %q, want modifiers, validators or nested", withoutVariable, part))
	}
}

func nullOf(ctx context.Context, kind attr.Type) tftypes.Value {
	return tftypes.NewValue(kind.TerraformType(ctx), nil)
}
