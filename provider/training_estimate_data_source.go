package provider

import (
	"context"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

var _ datasource.DataSourceWithConfigure = (*trainingEstimateDataSource)(nil)

func newTrainingEstimateDataSource(v *voice) datasource.DataSource {
	return &trainingEstimateDataSource{voice: v}
}

type trainingEstimateDataSource struct {
	client *fermi.Client
	facts  *clusterFacts
	voice  *voice
}

type trainingEstimateModel struct {
	TemplateID       types.String         `tfsdk:"template_id"`
	DatasetID        types.String         `tfsdk:"dataset_id"`
	DatasetVersionID types.String         `tfsdk:"dataset_version_id"`
	ModelID          types.String         `tfsdk:"model_id"`
	LaunchMode       types.String         `tfsdk:"launch_mode"`
	EnvironmentID    types.String         `tfsdk:"environment_id"`
	ResourceConfig   *resourceConfigModel `tfsdk:"resource_config"`
	HourlyPrice      *moneyModel          `tfsdk:"hourly_price"`
	Cost             *costRangeModel      `tfsdk:"cost"`
	StartTime        *forecastTimeModel   `tfsdk:"start_time"`
	FinishTime       *forecastTimeModel   `tfsdk:"finish_time"`
	QueuePosition    types.Int64          `tfsdk:"queue_position"`
	Capacity         *capacityModel       `tfsdk:"capacity"`
	Suggestions      []suggestionModel    `tfsdk:"suggestions"`
}

type costRangeModel struct {
	Low    moneyModel `tfsdk:"low"`
	Median moneyModel `tfsdk:"median"`
	High   moneyModel `tfsdk:"high"`
}

type forecastTimeModel struct {
	Median types.String `tfsdk:"median"`
	P90    types.String `tfsdk:"p90"`
}

type capacityModel struct {
	Verdict       string       `tfsdk:"verdict"`
	Message       string       `tfsdk:"message"`
	Reason        types.String `tfsdk:"reason"`
	WantedGPUs    int64        `tfsdk:"wanted_gpus"`
	FreeGPUs      int64        `tfsdk:"free_gpus"`
	SharedWith    int64        `tfsdk:"shared_with"`
	Nodes         []string     `tfsdk:"nodes"`
	ZonesWithRoom []string     `tfsdk:"zones_with_room"`
}

type suggestionModel struct {
	Kind           string               `tfsdk:"kind"`
	Message        string               `tfsdk:"message"`
	LaunchMode     string               `tfsdk:"launch_mode"`
	EnvironmentID  types.String         `tfsdk:"environment_id"`
	ResourceConfig *resourceConfigModel `tfsdk:"resource_config"`
	HourlyPrice    moneyModel           `tfsdk:"hourly_price"`
	Cost           moneyModel           `tfsdk:"cost"`
	StartTime      types.String         `tfsdk:"start_time"`
	FinishTime     types.String         `tfsdk:"finish_time"`
	Saving         savingModel          `tfsdk:"saving"`
}

type savingModel struct {
	Amount   string `tfsdk:"amount"`
	Currency string `tfsdk:"currency"`
	Seconds  int64  `tfsdk:"seconds"`
}

func (m *trainingEstimateModel) request() fermi.TaskRequest {
	return fermi.TaskRequest{
		// The API wants a name, as it does for a creation, and makes nothing of it.
		TaskName:         "estimate",
		TemplateID:       m.TemplateID.ValueString(),
		DatasetID:        m.DatasetID.ValueString(),
		DatasetVersionID: m.DatasetVersionID.ValueString(),
		ModelID:          m.ModelID.ValueString(),
		LaunchMode:       fermi.LaunchMode(m.LaunchMode.ValueString()),
		EnvironmentID:    m.EnvironmentID.ValueString(),
		ResourceConfig:   (*fermi.ResourceConfig)(m.ResourceConfig),
	}
}

func (m *trainingEstimateModel) set(e fermi.Estimate) {
	m.LaunchMode = types.StringValue(string(e.LaunchMode))
	m.EnvironmentID = stringOrNull(e.EnvironmentID)
	hourly := moneyModel(e.HourlyPrice)
	m.HourlyPrice = &hourly
	m.Cost = &costRangeModel{moneyModel(e.Cost.Low), moneyModel(e.Cost.Median), moneyModel(e.Cost.High)}
	m.StartTime = &forecastTimeModel{timeOrNull(e.StartTime.Median), timeOrNull(e.StartTime.P90)}
	m.FinishTime = &forecastTimeModel{timeOrNull(e.FinishTime.Median), timeOrNull(e.FinishTime.P90)}
	m.QueuePosition = types.Int64Null()
	if e.QueuePosition > 0 {
		m.QueuePosition = types.Int64Value(e.QueuePosition)
	}
	m.Capacity = &capacityModel{
		Verdict: e.Capacity.Verdict, Message: e.Capacity.Message, Reason: stringOrNull(e.Capacity.Reason),
		WantedGPUs: e.Capacity.WantedGPUs, FreeGPUs: e.Capacity.FreeGPUs, SharedWith: e.Capacity.SharedWith,
		Nodes: append([]string{}, e.Capacity.Nodes...), ZonesWithRoom: append([]string{}, e.Capacity.ZonesWithRoom...),
	}
	m.Suggestions = make([]suggestionModel, len(e.Suggestions))
	for i, s := range e.Suggestions {
		m.Suggestions[i] = suggestionModel{
			Kind: s.Kind, Message: s.Message, LaunchMode: string(s.LaunchMode), EnvironmentID: stringOrNull(s.EnvironmentID),
			ResourceConfig: (*resourceConfigModel)(s.ResourceConfig), HourlyPrice: moneyModel(s.HourlyPrice), Cost: moneyModel(s.Cost),
			StartTime: timeOrNull(s.StartTime), FinishTime: timeOrNull(s.FinishTime), Saving: savingModel(s.Saving),
		}
	}
}

func (d *trainingEstimateDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_training_estimate"
}

func (d *trainingEstimateDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	if shared := sessionOf(req.ProviderData, &resp.Diagnostics); shared != nil {
		d.client, d.facts = shared.client, shared.facts
	}
}

// refused explains why the API gave no estimate. For an id that the API doesn't know, it lists the ids that there are.
func (d *trainingEstimateDataSource) refused(ctx context.Context, model trainingEstimateModel, config tfsdk.Config, err error) diag.Diagnostics {
	const tried = "Estimating a training task"
	if hasStatus(err, http.StatusUnprocessableEntity) || hasStatus(err, http.StatusNotFound) {
		l := &lookup{facts: d.facts, tried: tried, at: func(attribute path.Path) path.Path { return attribute }}
		chosen := choices{dataset: model.DatasetID, version: model.DatasetVersionID, model: model.ModelID, environment: model.EnvironmentID}
		l.diags.Append(config.GetAttribute(ctx, path.Root("resource_config"), &chosen.resources)...)
		if !l.everything(ctx, chosen) && !l.blind {
			return l.diags
		}
	}
	return diag.Diagnostics{apiError(tried, err)}
}

func (d *trainingEstimateDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model trainingEstimateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !requireClient(d.client, "Estimating a training task", &resp.Diagnostics) {
		return
	}
	estimate, err := d.client.EstimateTask(ctx, model.request())
	if err != nil {
		resp.Diagnostics.Append(d.refused(ctx, model, req.Config, err)...)
		return
	}
	model.set(estimate)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
