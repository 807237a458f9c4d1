package clusterfacts

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
)

// What a zone will never hold is told in one language.
func TestZonesInOneLanguage(t *testing.T) {
	v := &language.Speaker{}
	if diags := v.Choose(types.StringValue("zh")); diags.HasError() {
		t.Fatal(diags)
	}
	zones := []fermi.AvailabilityZone{{ID: "z"}}
	if got := ListZones(v, zones, func(fermi.AvailabilityZone) bool { return false }); got != "无" {
		t.Errorf("Chinese: %s", got)
	}
	if got := ListZones(language.InEnglish, zones, func(fermi.AvailabilityZone) bool { return false }); got != "none" {
		t.Errorf("English: %s", got)
	}
	if said := v.Say(language.ZoneTooSmall, "z", 1, "A100", 2, "无"); said == language.InEnglish.Say(language.ZoneTooSmall, "z", 1, "A100",
		2, "无") {
		t.Error("the refusal isn't in Chinese")
	}
}
