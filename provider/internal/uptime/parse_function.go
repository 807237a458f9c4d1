// Package uptime is the function parse_uptime.
package uptime

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ function.Function = parseFunction{}

// NewParseFunction returns the function parse_uptime.
func NewParseFunction() function.Function { return parseFunction{} }

type parseFunction struct{}

var uptimeTypes = map[string]attr.Type{"days": types.Int64Type, "hours": types.Int64Type, "total_hours": types.Int64Type}

// uptimePattern matches days and hours, either of which may be missing.
var uptimePattern = regexp.MustCompile(`^(?:([0-9]+)d)?(?:([0-9]+)h)?$`)

func (parseFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_uptime"
}

func (parseFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Turns an environment's uptime into numbers",
		MarkdownDescription: "Turns the uptime of a development environment, such as `5d3h`, into an object of whole numbers: `days` (5) and " +
			"`hours` (3) as " +
			"written, and `total_hours` (123), which is what conditions compare. `5d` and `3h` are uptimes too. Null, the uptime of a stopped " +
			"environment, gives null; anything else is an error.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "uptime",
			MarkdownDescription: "Days and hours, such as `5d3h`; the `uptime` of an environment.",
			AllowNullValue:      true,
		}},
		Return: function.ObjectReturn{AttributeTypes: uptimeTypes},
	}
}

func (parseFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var uptime types.String
	resp.Error = req.Arguments.Get(ctx, &uptime)
	if resp.Error != nil {
		return
	}
	if uptime.IsNull() {
		resp.Error = resp.Result.Set(ctx, types.ObjectNull(uptimeTypes))
		return
	}
	days, hours, ok := parse(uptime.ValueString())
	if !ok {
		resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf("%q is not an uptime: it should be days and hours, such as 5d3h, 5d or 3h",
			uptime.ValueString()))
		return
	}
	resp.Error = resp.Result.Set(ctx, types.ObjectValueMust(uptimeTypes, map[string]attr.Value{
		"days": types.Int64Value(days), "hours": types.Int64Value(hours), "total_hours": types.Int64Value(24*days + hours),
	}))
}

// parse returns false for a text that isn't an uptime, or is too long to count in hours.
func parse(uptime string) (days, hours int64, ok bool) {
	parts := uptimePattern.FindStringSubmatch(uptime)
	if parts == nil || uptime == "" {
		return 0, 0, false
	}
	for i, number := range []*int64{&days, &hours} {
		if parts[i+1] == "" {
			continue
		}
		n, err := strconv.ParseInt(parts[i+1], 10, 64)
		if err != nil || n > math.MaxInt64/48 {
			return 0, 0, false
		}
		*number = n
	}
	return days, hours, true
}
