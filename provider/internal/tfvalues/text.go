package tfvalues

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"
)

// SameText reports whether two texts look the same, that is, have the same Unicode normal form C.
func SameText(a, b string) bool { return a == b || norm.NFC.String(a) == norm.NFC.String(b) }

// KeepName returns the API's name, or the configured one if they differ only in Unicode form or in surrounding space, which the
// API removes. An empty name is null.
func KeepName(configured types.String, told string) types.String {
	if IsSet(configured) && SameText(strings.TrimSpace(configured.ValueString()), strings.TrimSpace(told)) {
		return configured
	}
	return StringOrNull(told)
}

// KeepText returns the API's text, or the configured one if they look the same. An empty text is empty, never null.
func KeepText(configured types.String, told string) types.String {
	if IsSet(configured) && SameText(configured.ValueString(), told) {
		return configured
	}
	return types.StringValue(told)
}

// KeepLabels returns the API's labels, with each key and value as configured if they look the same.
func KeepLabels(configured types.Map, told map[string]string) types.Map {
	keys := map[string]string{} // configured keys by normal form
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
		configuredText, _ := configured.Elements()[kept].(types.String)
		labels[kept] = KeepText(configuredText, value)
	}
	return types.MapValueMust(types.StringType, labels)
}
