package trainingtask

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// price is what an hour of training costs, with the figures it results from.
type price struct {
	amount   decimal.Decimal
	currency string
	figures  string
}

// checkLimit returns an error for a price above max_hourly_cost, or nil.
func (m *taskModel) checkLimit(p price, what string) diag.Diagnostic {
	limit, err := decimal.NewFromString(m.MaxHourlyCost.ValueString())
	if err != nil || p.amount.LessThanOrEqual(limit) {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("max_hourly_cost"), "Task costs more than max_hourly_cost",
		fmt.Sprintf("%s: %s is %s %s per hour, max_hourly_cost allows %s, which is %s less. Nothing was created. Ask for fewer or cheaper "+
			"GPUs, or raise max_hourly_cost.",
			what, p.figures, formatAmount(p.amount), fermi.Printable(p.currency), formatAmount(limit), formatAmount(p.amount.Sub(limit))))
}

// formatAmount formats an amount with all its digits, and at least two after the point.
func formatAmount(amount decimal.Decimal) string {
	return amount.StringFixed(max(2, -amount.Exponent()))
}

// checkPrice compares the price of a planned creation with max_hourly_cost, as far as both are known.
func (p *preview) checkPrice(ctx context.Context, mode fermi.LaunchMode, resources *fermi.ResourceConfig) {
	if !tfvalues.IsSet(p.config.MaxHourlyCost) {
		return
	}
	gpuType, gpus := p.gpus(ctx, mode, resources)
	if gpuType == "" || gpus == 0 || p.Unreachable {
		return
	}
	if mode == fermi.LaunchModeDynamic && (p.task.Preemptible.IsUnknown() || p.task.Preemptible.ValueBool()) {
		p.checkPreemptiblePrice(ctx)
		return
	}
	kinds, err := p.Facts.GPUTypes(ctx)
	if p.Failed(err) {
		return
	}
	i := slices.IndexFunc(kinds, func(t fermi.GPUType) bool { return t.Name == gpuType })
	if i < 0 {
		return
	}
	each, err := decimal.NewFromString(kinds[i].PricePerGPUHour.Amount)
	if err != nil {
		return
	}
	if refusal := p.config.checkLimit(price{
		each.Mul(decimal.NewFromInt(gpus)), kinds[i].PricePerGPUHour.Currency, fmt.Sprintf("%d × %s at %s", gpus, gpuType, formatAmount(each)),
	}, p.Tried); refusal != nil {
		p.Diags.Append(refusal)
	}
}

// checkPreemptiblePrice is checkPrice for a task that may have to give way, and costs less than its GPU type's price. Only a forecast
// has that price.
func (p *preview) checkPreemptiblePrice(ctx context.Context) {
	request, diags, ok := p.config.estimateRequest(ctx)
	if !ok || diags.HasError() {
		return
	}
	if estimate, asked, err := p.Facts.Estimate(ctx, request); asked && err == nil {
		p.Diags.Append(p.config.withinLimit(estimate, p.Tried)...)
	}
}

// gpus returns the GPUs that the task would train on, or none if they aren't known.
func (p *preview) gpus(ctx context.Context, mode fermi.LaunchMode, resources *fermi.ResourceConfig) (gpuType string, gpus int64) {
	if mode == fermi.LaunchModeDynamic {
		if resources == nil {
			return "", 0
		}
		return resources.GPUType, resources.GPUCount
	}
	known, err := p.Facts.Environments(ctx)
	if p.Failed(err) {
		return "", 0
	}
	running := known.Running()
	i := slices.IndexFunc(running, func(e fermi.DevEnvironment) bool {
		return p.task.EnvironmentID.IsNull() || e.ID == p.task.EnvironmentID.ValueString()
	})
	if i < 0 {
		return "", 0
	}
	return running[i].GPUType, running[i].GPUCount
}

// checkPrice asks the API for the price right before a creation. A price that is above the limit or unknown is an error.
func (r *taskResource) checkPrice(ctx context.Context, plan taskModel, request fermi.TrainingTaskRequest) diag.Diagnostics {
	if plan.MaxHourlyCost.IsNull() {
		return nil
	}
	tried := fmt.Sprintf("Creating training task %q", request.TaskName)
	estimate, err := r.client.EstimateTask(ctx, request)
	if err != nil {
		return diag.Diagnostics{apierror.Diagnostic(tried+", asking for its price first, because max_hourly_cost is set", err)}
	}
	return plan.withinLimit(estimate, tried)
}

// withinLimit compares a forecast's price with max_hourly_cost, if it is set.
func (m *taskModel) withinLimit(estimate fermi.TrainingEstimate, tried string) diag.Diagnostics {
	if m.MaxHourlyCost.IsNull() {
		return nil
	}
	amount, err := decimal.NewFromString(estimate.HourlyPrice.Amount)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Price can't be read", fmt.Sprintf("%s: the API's hourly price is %q, which is no "+
			"number. Nothing was created.",
			tried, estimate.HourlyPrice.Amount))}
	}
	figures := "environment " + estimate.EnvironmentID
	if estimate.LaunchMode == fermi.LaunchModeDynamic && estimate.ResourceConfig != nil {
		figures = fmt.Sprintf("%d × %s in zone %s", estimate.ResourceConfig.GPUCount, estimate.ResourceConfig.GPUType,
			estimate.ResourceConfig.AvailabilityZone)
	}
	if refusal := m.checkLimit(price{amount, estimate.HourlyPrice.Currency, figures}, tried); refusal != nil {
		return diag.Diagnostics{refusal}
	}
	return nil
}
