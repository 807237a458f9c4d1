// Package resourceconfig is the object resource_config, in which tasks and templates say what GPUs they need.
package resourceconfig

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// ComputedAttributes is the schema of a resource_config that users only read.
func ComputedAttributes() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	count := func(description string) schema.Attribute {
		return schema.Int64Attribute{CustomType: tfvalues.WholeNumber{}, Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"availability_zone": text("Zone id."),
		"gpu_type":          text("Type of GPU."),
		"gpu_count":         count("Number of GPUs."),
		"cpu_cores":         count("CPU cores of the whole task."),
		"memory":            count("Memory of the whole task in GB."),
		"image":             text("Container image."),
	}
}

// Object returns the API's configuration as an object, of which any value may be null: what is zero there.
func Object(r fermi.ResourceConfig) types.Object {
	number := func(n int64) types.Int64 {
		if n == 0 {
			return types.Int64Null()
		}
		return types.Int64Value(n)
	}
	return types.ObjectValueMust(Types, map[string]attr.Value{
		"availability_zone": tfvalues.StringOrNull(r.AvailabilityZone), "gpu_type": tfvalues.StringOrNull(r.GPUType),
		"gpu_count": number(r.GPUCount), "cpu_cores": number(r.CPUCores), "memory": number(r.Memory), "image": tfvalues.StringOrNull(r.Image),
	})
}

// Model is a resource_config that is complete.
type Model struct {
	AvailabilityZone string `tfsdk:"availability_zone"`
	GPUType          string `tfsdk:"gpu_type"`
	GPUCount         int64  `tfsdk:"gpu_count"`
	CPUCores         int64  `tfsdk:"cpu_cores"`
	Memory           int64  `tfsdk:"memory"`
	Image            string `tfsdk:"image"`
}

// Types are the types of the attributes.
var Types = map[string]attr.Type{
	"availability_zone": types.StringType,
	"gpu_type":          types.StringType,
	"gpu_count":         tfvalues.WholeNumber{},
	"cpu_cores":         tfvalues.WholeNumber{},
	"memory":            tfvalues.WholeNumber{},
	"image":             types.StringType,
}

// Known returns the values that are known, and zero for the others. It returns nil if the whole object is null or unknown.
func Known(object types.Object) *fermi.ResourceConfig {
	if !tfvalues.IsSet(object) {
		return nil
	}
	attributes := object.Attributes()
	text := func(name string) string {
		value, _ := attributes[name].(types.String)
		return value.ValueString()
	}
	number := func(name string) int64 {
		value, _ := attributes[name].(types.Int64)
		return value.ValueInt64()
	}
	return &fermi.ResourceConfig{
		AvailabilityZone: text("availability_zone"), GPUType: text("gpu_type"), GPUCount: number("gpu_count"),
		CPUCores: number("cpu_cores"), Memory: number("memory"), Image: text("image"),
	}
}
