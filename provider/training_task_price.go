package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// price is what an hour of training costs, and how that comes about.
type price struct {
	amount   decimal.Decimal
	currency string
	figures  string
}

// refusal is the error for a price above the configured limit; nil when it is not above.
func (m *trainingTaskModel) refusal(p price, what string) diag.Diagnostic {
	limit, err := decimal.NewFromString(m.MaxHourlyCost.ValueString())
	if err != nil || p.amount.LessThanOrEqual(limit) {
		return nil
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("max_hourly_cost"), "Task costs more than max_hourly_cost",
		fmt.Sprintf("%s: %s is %s %s per hour, max_hourly_cost allows %s, which is %s less. Nothing was created. Ask for fewer or cheaper GPUs, or raise max_hourly_cost.",
			what, p.figures, p.amount.StringFixed(2), p.currency, limit.StringFixed(2), p.amount.Sub(limit).StringFixed(2)))
}

// tooExpensive compares the price of a planned creation with the configured limit, as far as both are known.
func (r *trainingTaskResource) tooExpensive(ctx context.Context, config trainingTaskModel, mode fermi.LaunchMode, resources *fermi.ResourceConfig) diag.Diagnostics {
	if !isGiven(config.MaxHourlyCost) {
		return nil
	}
	var gpuType string
	var gpus int64
	if mode == fermi.Existing {
		known, err := r.facts.allEnvironments(ctx)
		if err != nil {
			return diag.Diagnostics{planTrouble(err)}
		}
		running := known.running()
		i := slices.IndexFunc(running, func(e fermi.DevEnvironment) bool {
			return config.EnvironmentID.IsNull() || e.ID == config.EnvironmentID.ValueString()
		})
		if i < 0 {
			return nil
		}
		gpuType, gpus = running[i].GPUType, running[i].GPUCount
	} else if resources != nil {
		gpuType, gpus = resources.GPUType, resources.GPUCount
	}
	types, err := r.facts.allGPUTypes(ctx)
	if err != nil {
		return diag.Diagnostics{planTrouble(err)}
	}
	i := slices.IndexFunc(types, func(t fermi.GPUType) bool { return t.Name == gpuType })
	if i < 0 || gpus == 0 {
		return nil
	}
	each, err := decimal.NewFromString(types[i].PricePerGPUHour.Amount)
	if err != nil {
		return nil
	}
	if refusal := config.refusal(price{
		each.Mul(decimal.NewFromInt(gpus)), types[i].PricePerGPUHour.Currency,
		fmt.Sprintf("%d × %s at %s", gpus, gpuType, types[i].PricePerGPUHour.Amount),
	}, "Planning "+config.called()); refusal != nil {
		return diag.Diagnostics{refusal}
	}
	return nil
}

// affordable asks the API for the price right before a creation, and is an error when that is above the limit or can't be
// had.
func (r *trainingTaskResource) affordable(ctx context.Context, plan trainingTaskModel, request fermi.TaskRequest) diag.Diagnostics {
	if plan.MaxHourlyCost.IsNull() {
		return nil
	}
	tried := fmt.Sprintf("Creating training task %q", request.TaskName)
	estimate, err := r.client.EstimateTask(ctx, request)
	if err != nil {
		return diag.Diagnostics{apiError(tried+", asking for its price first, because max_hourly_cost is set", err)}
	}
	return plan.withinLimit(estimate, tried)
}

// withinLimit holds a forecast's price against the limit, if there is one.
func (m *trainingTaskModel) withinLimit(estimate fermi.Estimate, tried string) diag.Diagnostics {
	if m.MaxHourlyCost.IsNull() {
		return nil
	}
	amount, err := decimal.NewFromString(estimate.HourlyPrice.Amount)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Price can't be read", fmt.Sprintf("%s: the API's hourly price is %q, which is no number. Nothing was created.",
			tried, estimate.HourlyPrice.Amount))}
	}
	figures := "environment " + estimate.EnvironmentID
	if estimate.LaunchMode == fermi.Dynamic && estimate.ResourceConfig != nil {
		figures = fmt.Sprintf("%d × %s in zone %s", estimate.ResourceConfig.GPUCount, estimate.ResourceConfig.GPUType, estimate.ResourceConfig.AvailabilityZone)
	}
	if refusal := m.refusal(price{amount, estimate.HourlyPrice.Currency, figures}, tried); refusal != nil {
		return diag.Diagnostics{refusal}
	}
	return nil
}
