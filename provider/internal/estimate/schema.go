package estimate

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/money"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
)

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := taskconfig.Estimate(d.speaker)
	maps.Copy(attributes, map[string]schema.Attribute{
		"template_id": schema.StringAttribute{
			MarkdownDescription: "Template that fills in what is left out here.", Optional: true,
			Validators: textrules.ID(d.speaker, language.ChooseTemplate, language.LeaveItOut),
		},
		"hourly_price": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "Price of an hour of training on the task's GPUs, or on its environment's.",
			Attributes: money.Attributes(),
		},
		"cost": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "Cost of the whole task. One case in ten costs less than `low`, another more than `high`.",
			Attributes: map[string]schema.Attribute{
				"low": schema.SingleNestedAttribute{Computed: true, MarkdownDescription: "One case in ten costs less.",
					Attributes: money.Attributes()},
				"median": schema.SingleNestedAttribute{Computed: true, MarkdownDescription: "Half of the cases cost less.",
					Attributes: money.Attributes()},
				"high": schema.SingleNestedAttribute{Computed: true, MarkdownDescription: "One case in ten costs more.",
					Attributes: money.Attributes()},
			},
		},
		"start_time":  forecastTimeAttribute("When training starts."),
		"finish_time": forecastTimeAttribute("When training ends, by success or by the task's longest duration."),
		"queue_position": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "Place in the queue that the task would have, 1 for the next; null when it would start at once.",
		},
		"capacity": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "Room that the task would find now.",
			Attributes: map[string]schema.Attribute{
				"verdict": schema.StringAttribute{Computed: true, MarkdownDescription: "`fits`: starts at once; `queues`: waits for GPUs; " +
					"`alone`, `shares`: has its environment to itself, or shares it."},
				"message": schema.StringAttribute{Computed: true, MarkdownDescription: "The same for people."},
				"reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Why it would wait, as a word for programs, such " +
					"as `NO_ROOM`."},
				"wanted_gpus": schema.Int64Attribute{
					Computed: true, MarkdownDescription: "GPUs that it wants.",
				},
				"free_gpus": schema.Int64Attribute{Computed: true, MarkdownDescription: "GPUs of its type that are free in its zone; those " +
					"of its environment."},
				"shared_with": schema.Int64Attribute{Computed: true, MarkdownDescription: "Tasks in its environment already."},
				"nodes": schema.ListAttribute{Computed: true, ElementType: types.StringType,
					MarkdownDescription: "Why each class of nodes is turned down."},
				"zones_with_room": schema.ListAttribute{Computed: true, ElementType: types.StringType,
					MarkdownDescription: "Zones where it would start at once."},
			},
		},
		"preempts": schema.ListAttribute{Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Ids of the running tasks whose place it would take, the first to give way first; empty when it takes nobody's."},
		"preempts_by_priority": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "How many of them there are of each priority. None of a high one gives way.",
			Attributes: map[string]schema.Attribute{
				"low":    schema.Int64Attribute{Computed: true, MarkdownDescription: "Tasks of priority `low`."},
				"normal": schema.Int64Attribute{Computed: true, MarkdownDescription: "Tasks of priority `normal`."},
			},
		},
		"preemption_risk": riskAttribute("the task"),
		"preemption_loss": lossAttribute(),
		"suggestions": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "Alternatives that cost less or end sooner, the best first; empty when there is none.",
			NestedObject: schema.NestedAttributeObject{Attributes: suggestionAttributes()},
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "What a training task would lead to if it were created now: what it costs, when it starts and ends, whether it " +
			"queues, and what would be cheaper or " +
			"sooner. Nothing is created. It is for `check` blocks, preconditions and outputs: its values change from one plan to the next, so " +
			"a resource that takes an attribute from it changes too.",
		Attributes: attributes,
	}
}

func riskAttribute(whose string) schema.Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: "Probability that " + whose + " has to give way at least once to " +
		"one of a higher priority, 0 to 1: the part of the forecast's cases, of which there are few. Null when it is not preemptible."}
}

func lossAttribute() schema.Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: "Seconds of training that it loses at most each time that it gives " +
		"way. Null when it is not preemptible, and when there are no checkpoints, so that it starts again."}
}

func forecastTimeAttribute(description string) schema.Attribute {
	return schema.SingleNestedAttribute{
		Computed: true, MarkdownDescription: description + " A time is null where that isn't reached in so many cases.",
		Attributes: map[string]schema.Attribute{
			"median": schema.StringAttribute{Computed: true, MarkdownDescription: "Reached by then in half of the cases, RFC 3339 in UTC."},
			"p90":    schema.StringAttribute{Computed: true, MarkdownDescription: "Reached by then in nine cases of ten, RFC 3339 in UTC."},
		},
	}
}

func suggestionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"kind": schema.StringAttribute{Computed: true, MarkdownDescription: "What it changes: `availability_zone`, `gpu_type`, " +
			"`gpu_count`, `environment`, `launch_mode` or `preemptible`."},
		"preemption_risk": riskAttribute("a preemptible alternative"),
		"preemption_loss": lossAttribute(),
		"message":         schema.StringAttribute{Computed: true, MarkdownDescription: "The change and its saving for people."},
		"launch_mode":     schema.StringAttribute{Computed: true, MarkdownDescription: "`existing` or `dynamic`."},
		"environment_id":  schema.StringAttribute{Computed: true, MarkdownDescription: "Environment of mode `existing`."},
		"resource_config": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "GPUs of mode `dynamic`, to be used as they are.", Attributes: resourceconfig.ComputedAttributes(),
		},
		"hourly_price": schema.SingleNestedAttribute{Computed: true, MarkdownDescription: "Price of an hour of training.",
			Attributes: money.Attributes()},
		"cost": schema.SingleNestedAttribute{Computed: true, MarkdownDescription: "Cost of the whole task.",
			Attributes: money.Attributes()},
		"start_time":  schema.StringAttribute{Computed: true, MarkdownDescription: "When training starts, RFC 3339 in UTC."},
		"finish_time": schema.StringAttribute{Computed: true, MarkdownDescription: "When it ends, RFC 3339 in UTC."},
		"saving": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "What it saves; below zero where it costs more, or ends later.",
			Attributes: map[string]schema.Attribute{
				"amount":   schema.StringAttribute{Computed: true, MarkdownDescription: "Decimal number, such as `72.60` or `-3.10`."},
				"currency": schema.StringAttribute{Computed: true, MarkdownDescription: "Currency, such as `CNY`."},
				"seconds":  schema.Int64Attribute{Computed: true, MarkdownDescription: "Seconds that it ends sooner."},
			},
		},
	}
}
