package devenvironment

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

type listModel struct {
	Status           types.String       `tfsdk:"status"`
	Type             types.String       `tfsdk:"type"`
	GPUType          types.String       `tfsdk:"gpu_type"`
	AvailabilityZone types.String       `tfsdk:"availability_zone"`
	Tags             []string           `tfsdk:"tags"`
	Health           types.String       `tfsdk:"health"`
	MinGPUCount      types.Int64        `tfsdk:"min_gpu_count"`
	Sort             types.String       `tfsdk:"sort"`
	Order            types.String       `tfsdk:"order"`
	Environments     []environmentModel `tfsdk:"environments"`
}

type environmentModel struct {
	ID               string                  `tfsdk:"id"`
	Name             string                  `tfsdk:"name"`
	Type             fermi.EnvironmentType   `tfsdk:"type"`
	Status           fermi.EnvironmentStatus `tfsdk:"status"`
	Image            string                  `tfsdk:"image"`
	AvailabilityZone string                  `tfsdk:"availability_zone"`
	GPUType          string                  `tfsdk:"gpu_type"`
	GPUCount         int64                   `tfsdk:"gpu_count"`
	CPUCores         int64                   `tfsdk:"cpu_cores"`
	Memory           int64                   `tfsdk:"memory"`
	Uptime           types.String            `tfsdk:"uptime"`
	Tags             []string                `tfsdk:"tags"`
	Health           fermi.Health            `tfsdk:"health"`
	HealthReasons    []fermi.HealthReason    `tfsdk:"health_reasons"`
	Utilization      utilizationModel        `tfsdk:"utilization"`
	ActiveTasks      int64                   `tfsdk:"active_tasks"`
}

type utilizationModel struct {
	GPU    float64 `tfsdk:"gpu"`
	CPU    float64 `tfsdk:"cpu"`
	Memory float64 `tfsdk:"memory"`
}

func newEnvironmentModel(e fermi.DevEnvironment) environmentModel {
	return environmentModel{
		ID:               e.ID,
		Name:             e.Name,
		Type:             e.Type,
		Status:           e.Status,
		Image:            e.Image,
		AvailabilityZone: e.AvailabilityZone,
		GPUType:          e.GPUType,
		GPUCount:         e.GPUCount,
		CPUCores:         e.CPUCores,
		Memory:           e.Memory,
		Uptime:           tfvalues.StringOrNull(e.Uptime),
		// An absent list is an empty one, so that expressions over it need no special case.
		Tags:          append([]string{}, e.Tags...),
		Health:        e.Health,
		HealthReasons: append([]fermi.HealthReason{}, e.HealthReasons...),
		Utilization:   utilizationModel(e.Utilization),
		ActiveTasks:   e.ActiveTasks,
	}
}

// List lists development environments.
var List = listsource.Source[listModel]{
	Name:        "dev_environments",
	Things:      "development environments",
	Description: "The development environments that tasks in mode `existing` can share, as they are when Terraform reads them.",
	Filters: func(*language.Speaker) map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"status": schema.StringAttribute{
				MarkdownDescription: "Only environments in this status: `running` or `stopped`. Only a running one takes tasks.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("running", "stopped")},
			},
			"type": schema.StringAttribute{
				MarkdownDescription: "Only environments of this type: `notebook` or `custom`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("notebook", "custom")},
			},
			"gpu_type": schema.StringAttribute{
				MarkdownDescription: "Only environments with this type of GPU, such as `A100`.",
				Optional:            true,
			},
			"availability_zone": schema.StringAttribute{
				MarkdownDescription: "Only environments in this zone, such as `az-bj-a`.",
				Optional:            true,
			},
			"tags": schema.SetAttribute{
				MarkdownDescription: "Only environments with all of these tags.",
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.Set{setvalidator.NoNullValues()},
			},
			"health": schema.StringAttribute{
				MarkdownDescription: "Only environments in this health: `healthy`, `degraded` or `unhealthy`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("healthy", "degraded", "unhealthy")},
			},
			"min_gpu_count": schema.Int64Attribute{
				CustomType:          tfvalues.WholeNumber{},
				MarkdownDescription: "Only environments with at least so many GPUs.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"sort":  listsource.SortAttribute("name", "gpu_count", "cpu_cores", "memory", "uptime", "active_tasks"),
			"order": listsource.OrderAttribute(),
		}
	},
	List:            "environments",
	ListDescription: "The environments; empty when none fits.",
	Item:            computedAttributes,
	Read: func(ctx context.Context, client *fermi.Client, m *listModel) error {
		environments, err := client.ListDevEnvironments(ctx, fermi.ListDevEnvironmentsParams{
			Status:           fermi.EnvironmentStatus(m.Status.ValueString()),
			Type:             fermi.EnvironmentType(m.Type.ValueString()),
			GPUType:          m.GPUType.ValueString(),
			AvailabilityZone: m.AvailabilityZone.ValueString(),
			Tag:              m.Tags,
			Health:           fermi.Health(m.Health.ValueString()),
			MinGPUCount:      m.MinGPUCount.ValueInt64(),
			Sort:             sortKeys[m.Sort.ValueString()],
			Order:            m.Order.ValueString(),
		})
		m.Environments = listsource.Convert(environments, newEnvironmentModel)
		return err
	},
}

func computedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":                schema.StringAttribute{Computed: true, MarkdownDescription: "Environment id, such as `env-001`."},
		"name":              schema.StringAttribute{Computed: true, MarkdownDescription: "Name."},
		"type":              schema.StringAttribute{Computed: true, MarkdownDescription: "`notebook` or `custom`."},
		"status":            schema.StringAttribute{Computed: true, MarkdownDescription: "`running` or `stopped`."},
		"image":             schema.StringAttribute{Computed: true, MarkdownDescription: "Container image."},
		"availability_zone": schema.StringAttribute{Computed: true, MarkdownDescription: "Zone id."},
		"gpu_type":          schema.StringAttribute{Computed: true, MarkdownDescription: "Type of its GPUs."},
		"gpu_count":         schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of GPUs."},
		"cpu_cores":         schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of CPU cores."},
		"memory":            schema.Int64Attribute{Computed: true, MarkdownDescription: "Memory in GB."},
		"uptime": schema.StringAttribute{Computed: true, MarkdownDescription: "Time since it was started, in days and hours: " +
			"`5d3h`. Null when it is stopped."},
		"tags":           schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Tags."},
		"health":         schema.StringAttribute{Computed: true, MarkdownDescription: "`healthy`, `degraded` or `unhealthy`."},
		"health_reasons": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Why it isn't healthy."},
		"utilization": schema.SingleNestedAttribute{
			Computed:            true,
			MarkdownDescription: "Share in use, each 0 to 1.",
			Attributes: map[string]schema.Attribute{
				"gpu":    schema.Float64Attribute{Computed: true, MarkdownDescription: "Of the GPUs."},
				"cpu":    schema.Float64Attribute{Computed: true, MarkdownDescription: "Of the CPU cores."},
				"memory": schema.Float64Attribute{Computed: true, MarkdownDescription: "Of the memory."},
			},
		},
		"active_tasks": schema.Int64Attribute{Computed: true, MarkdownDescription: "Tasks that share it now."},
	}
}

// sortKeys are the API's names of what can be sorted by.
var sortKeys = map[string]string{
	"name": "name", "gpu_count": "gpuCount", "cpu_cores": "cpuCores", "memory": "memory", "uptime": "uptime", "active_tasks": "activeTasks",
}
