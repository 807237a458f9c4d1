package tfvalues

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"
)

// SameText tells whether two texts look the same: whether their Unicode normal form C is the same.
func SameText(a, b string) bool { return a == b || norm.NFC.String(a) == norm.NFC.String(b) }

// KeepName is the name that the API told, or the configured one where the two differ only in Unicode's form or in the space around
// them, which the API takes away. An empty name is null.
func KeepName(configured types.String, told string) types.String {
	if IsSet(configured) && SameText(strings.TrimSpace(configured.ValueString()), strings.TrimSpace(told)) {
		return configured
	}
	return StringOrNull(told)
}

// KeepText is the text that the API told, or the configured one where the two look the same. An empty text is empty, never null.
func KeepText(configured types.String, told string) types.String {
	if IsSet(configured) && SameText(configured.ValueString(), told) {
		return configured
	}
	return types.StringValue(told)
}

// KeepLabels are the labels that the API told, each key and value as it is configured where the two look the same.
func KeepLabels(configured types.Map, told map[string]string) types.Map {
	keys := map[string]string{} // as configured, by normal form
	for key := range configured.Elements() {
		keys[norm.NFC.String(key)] = key
	}
	labels := make(map[string]attr.Value, len(told))
	for key, value := range told {
		kept, known := keys[norm.NFC.String(key)]
		if !known {
			labels[key] = types.StringValue(value)
			continue
		}
		given, _ := configured.Elements()[kept].(types.String)
		labels[kept] = KeepText(given, value)
	}
	return types.MapValueMust(types.StringType, labels)
}
