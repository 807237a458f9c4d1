package tfvalues

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The provider keeps what is configured where the API tells the same in another form, and takes over what differs.
func TestKeepWhatLooksTheSame(t *testing.T) {
	const composed, decomposed = "caf\u00e9", "cafe\u0301"
	for _, test := range []struct{ configured, told, want types.String }{
		{types.StringValue(composed), types.StringValue(decomposed), types.StringValue(composed)},
		{types.StringValue(decomposed), types.StringValue(composed), types.StringValue(decomposed)},
		{types.StringValue(composed), types.StringValue("cafe"), types.StringValue("cafe")},
		{types.StringNull(), types.StringValue(decomposed), types.StringValue(decomposed)},
		{types.StringUnknown(), types.StringValue("a"), types.StringValue("a")},
	} {
		if got := KeepText(test.configured, test.told.ValueString()); !got.Equal(test.want) {
			t.Errorf("text %v for %v and %v", got, test.configured, test.told)
		}
		if got := KeepName(test.configured, test.told.ValueString()); !got.Equal(test.want) {
			t.Errorf("name %v for %v and %v", got, test.configured, test.told)
		}
	}
	if got := KeepName(types.StringValue(" "+decomposed), composed); got.ValueString() != " "+decomposed {
		t.Errorf("a name with space around it became %q", got.ValueString())
	}
	if got := KeepText(types.StringValue("a"), " a"); got.ValueString() != " a" {
		t.Errorf("a text that got a space stayed %q", got.ValueString())
	}
	labels := func(pairs ...string) types.Map {
		elements := map[string]attr.Value{}
		for i := 0; i < len(pairs); i += 2 {
			elements[pairs[i]] = types.StringValue(pairs[i+1])
		}
		return types.MapValueMust(types.StringType, elements)
	}
	configured := labels(composed, decomposed, "b", "1", "c", "2")
	if got, want := KeepLabels(configured, map[string]string{decomposed: composed, "b": "3", "d": "4"}), labels(composed, decomposed, "b",
		"3", "d", "4"); !got.Equal(want) {
		t.Errorf("labels %v, want %v", got, want)
	}
	if got := KeepLabels(types.MapNull(types.StringType), nil); !got.Equal(labels()) {
		t.Errorf("no labels are %v", got)
	}
}
