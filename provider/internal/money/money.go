// Package money is how attributes hold amounts of money.
package money

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
)

// Model is an amount and its currency.
type Model struct {
	Amount   string `tfsdk:"amount"`
	Currency string `tfsdk:"currency"`
}

// Attributes is the schema of Model, for attributes that users only read.
func Attributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"amount":   schema.StringAttribute{Computed: true, MarkdownDescription: "Decimal number, such as `145.20`."},
		"currency": schema.StringAttribute{Computed: true, MarkdownDescription: "Currency, such as `CNY`."},
	}
}
