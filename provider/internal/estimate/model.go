package estimate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/money"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

type estimateModel struct {
	TemplateID types.String `tfsdk:"template_id"`
	taskconfig.Launch
	HourlyPrice   *money.Model       `tfsdk:"hourly_price"`
	Cost          *costRangeModel    `tfsdk:"cost"`
	StartTime     *forecastTimeModel `tfsdk:"start_time"`
	FinishTime    *forecastTimeModel `tfsdk:"finish_time"`
	QueuePosition types.Int64        `tfsdk:"queue_position"`
	Capacity      *capacityModel     `tfsdk:"capacity"`
	Preempts      []string           `tfsdk:"preempts"`
	ByPriority    *prioritiesModel   `tfsdk:"preempts_by_priority"`
	riskModel
	Suggestions []suggestionModel `tfsdk:"suggestions"`
}

// riskModel is what a preemptible task risks; null for others.
type riskModel struct {
	Risk types.Float64 `tfsdk:"preemption_risk"`
	Loss types.Int64   `tfsdk:"preemption_loss"`
}

type prioritiesModel struct {
	Low    int64 `tfsdk:"low"`
	Normal int64 `tfsdk:"normal"`
}

type costRangeModel struct {
	Low    money.Model `tfsdk:"low"`
	Median money.Model `tfsdk:"median"`
	High   money.Model `tfsdk:"high"`
}

type forecastTimeModel struct {
	Median types.String `tfsdk:"median"`
	P90    types.String `tfsdk:"p90"`
}

type capacityModel struct {
	Verdict       fermi.Verdict `tfsdk:"verdict"`
	Message       string        `tfsdk:"message"`
	Reason        types.String  `tfsdk:"reason"`
	WantedGPUs    int64         `tfsdk:"wanted_gpus"`
	FreeGPUs      int64         `tfsdk:"free_gpus"`
	SharedWith    int64         `tfsdk:"shared_with"`
	Nodes         []string      `tfsdk:"nodes"`
	ZonesWithRoom []string      `tfsdk:"zones_with_room"`
}

type suggestionModel struct {
	Kind           fermi.SuggestionKind  `tfsdk:"kind"`
	Message        string                `tfsdk:"message"`
	LaunchMode     string                `tfsdk:"launch_mode"`
	EnvironmentID  types.String          `tfsdk:"environment_id"`
	ResourceConfig *resourceconfig.Model `tfsdk:"resource_config"`
	HourlyPrice    money.Model           `tfsdk:"hourly_price"`
	Cost           money.Model           `tfsdk:"cost"`
	StartTime      types.String          `tfsdk:"start_time"`
	FinishTime     types.String          `tfsdk:"finish_time"`
	Saving         savingModel           `tfsdk:"saving"`
	riskModel
}

type savingModel struct {
	Amount   string `tfsdk:"amount"`
	Currency string `tfsdk:"currency"`
	Seconds  int64  `tfsdk:"seconds"`
}

func (m *estimateModel) request(ctx context.Context) (fermi.TrainingTaskRequest, diag.Diagnostics) {
	config := taskconfig.Null()
	config.Launch = m.Launch
	config.TaskName = types.StringValue("estimate") // the API requires a name, as for a creation, but ignores it
	return config.Request(ctx, m.TemplateID)
}

func (m *estimateModel) set(e fermi.TrainingEstimate) {
	m.LaunchMode = types.StringValue(string(e.LaunchMode))
	m.EnvironmentID = tfvalues.StringOrNull(e.EnvironmentID)
	hourly := money.Model(e.HourlyPrice)
	m.HourlyPrice = &hourly
	m.Cost = &costRangeModel{money.Model(e.Cost.Low), money.Model(e.Cost.Median), money.Model(e.Cost.High)}
	m.StartTime = &forecastTimeModel{tfvalues.TimeOrNull(e.StartTime.Median), tfvalues.TimeOrNull(e.StartTime.P90)}
	m.FinishTime = &forecastTimeModel{tfvalues.TimeOrNull(e.FinishTime.Median), tfvalues.TimeOrNull(e.FinishTime.P90)}
	m.QueuePosition = types.Int64Null()
	if e.QueuePosition > 0 {
		m.QueuePosition = types.Int64Value(e.QueuePosition)
	}
	m.Capacity = &capacityModel{
		Verdict: e.Capacity.Verdict, Message: e.Capacity.Message, Reason: tfvalues.StringOrNull(e.Capacity.Reason),
		WantedGPUs: e.Capacity.WantedGPUs, FreeGPUs: e.Capacity.FreeGPUs, SharedWith: e.Capacity.SharedWith,
		Nodes: append([]string{}, e.Capacity.Nodes...), ZonesWithRoom: append([]string{}, e.Capacity.ZonesWithRoom...),
	}
	m.Preempts = append([]string{}, e.Preempts...)
	m.ByPriority = &prioritiesModel{e.PreemptsByPriority.Low, e.PreemptsByPriority.Normal}
	m.riskModel = riskModel{types.Float64PointerValue(e.PreemptionRisk), types.Int64PointerValue(e.PreemptionLoss)}
	m.Suggestions = make([]suggestionModel, len(e.Suggestions))
	for i, s := range e.Suggestions {
		m.Suggestions[i] = suggestionModel{
			Kind: s.Kind, Message: s.Message, LaunchMode: string(s.LaunchMode), EnvironmentID: tfvalues.StringOrNull(s.EnvironmentID),
			ResourceConfig: (*resourceconfig.Model)(s.ResourceConfig), HourlyPrice: money.Model(s.HourlyPrice), Cost: money.Model(s.Cost),
			StartTime: tfvalues.TimeOrNull(s.StartTime), FinishTime: tfvalues.TimeOrNull(s.FinishTime), Saving: savingModel(s.Saving),
			riskModel: riskModel{types.Float64PointerValue(s.PreemptionRisk), types.Int64PointerValue(s.PreemptionLoss)},
		}
	}
}
