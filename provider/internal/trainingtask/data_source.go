package trainingtask

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

// NewDataSource returns the data source fermi_training_task.
func NewDataSource(speaker *language.Speaker) datasource.DataSource {
	return &dataSource{speaker: speaker}
}

type dataSource struct {
	client  *fermi.Client
	speaker *language.Speaker
}

type observedTaskModel struct {
	listedTaskModel
	LogTail types.Int64  `tfsdk:"log_tail"`
	Log     []string     `tfsdk:"log"`
	Events  []eventModel `tfsdk:"events"`
}

type eventModel struct {
	Time     string       `tfsdk:"time"`
	Type     string       `tfsdk:"type"`
	Status   types.String `tfsdk:"status"`
	Phase    types.String `tfsdk:"phase"`
	Reason   types.String `tfsdk:"reason"`
	Message  string       `tfsdk:"message"`
	Nodes    []string     `tfsdk:"nodes"`
	Tasks    []string     `tfsdk:"tasks"`
	Verdicts []string     `tfsdk:"verdicts"`
}

func newEventModel(e fermi.TaskEvent) eventModel {
	return eventModel{
		Time: tfvalues.FormatTime(e.Time), Type: string(e.Type), Status: tfvalues.StringOrNull(e.Status),
		Phase: tfvalues.StringOrNull(e.Phase), Reason: tfvalues.StringOrNull(e.Reason), Message: e.Message,
		Nodes: append([]string{}, e.Nodes...), Tasks: append([]string{}, e.Tasks...), Verdicts: append([]string{}, e.Verdicts...),
	}
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_training_task"
}

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := listedTaskAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "Task id, such as `task-001`.", Required: true,
			Validators: textrules.ID(d.speaker, language.ChooseTask, language.Phrase{}),
		},
		"log_tail": schema.Int64Attribute{
			MarkdownDescription: "How many lines of the log's end to read, 1 to 10,000. Left out: none.", Optional: true,
			Validators: []validator.Int64{int64validator.Between(1, 10_000)},
		},
		"log": schema.ListAttribute{
			MarkdownDescription: "Last lines of the container's log, oldest first; null without `log_tail`.", Computed: true,
			ElementType: types.StringType,
		},
		"events": schema.ListNestedAttribute{
			MarkdownDescription: "What has happened to it, oldest first.", Computed: true,
			NestedObject: schema.NestedAttributeObject{Attributes: eventAttributes()},
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "One training task, found by its id, as it is when Terraform reads it, whoever created it: with its history and, " +
			"if asked for, the end of its log. Use it in `check` blocks and outputs; a running task differs at each reading.",
		Attributes: attributes,
	}
}

func eventAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for name, description := range map[string]string{
		"time":    "When it happened, RFC 3339 in UTC.",
		"type":    "`created`, `queued`, `placed`, `phase`, `status`, `updated` or `restarted`.",
		"status":  "Status after it.",
		"phase":   "Phase after it.",
		"reason":  "Why it happened, as a word for programs.",
		"message": "What happened, for people.",
	} {
		attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	for name, description := range map[string]string{
		"nodes":    "Nodes that it was placed on.",
		"tasks":    "Tasks whose place it took, or the task that took its place.",
		"verdicts": "Why it waits, by kind of node.",
	} {
		attributes[name] = schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	return attributes
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.client = session.Client(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var configured types.String
	var model observedTaskModel
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &configured)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("log_tail"), &model.LogTail)...)
	id := configured.ValueString()
	if resp.Diagnostics.HasError() || !session.RequireClient(d.client, "Reading training task "+id, &resp.Diagnostics) {
		return
	}
	if err := d.read(ctx, id, &model); err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic("Reading training task "+id, err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// read reads the task, its history and the part of its log that the model asks for.
func (d *dataSource) read(ctx context.Context, id string, m *observedTaskModel) error {
	task, err := d.client.GetTask(ctx, id)
	if err != nil {
		return err
	}
	m.listedTaskModel = newListedTaskModel(task)
	events, err := d.client.ListTaskEvents(ctx, id)
	if err != nil {
		return err
	}
	m.Events = listsource.Convert(events, newEventModel)
	if m.LogTail.IsNull() {
		return nil
	}
	lines, err := d.client.TaskLog(ctx, id, int(m.LogTail.ValueInt64()))
	m.Log = append([]string{}, lines...)
	return err
}
