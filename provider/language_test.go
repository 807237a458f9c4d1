package provider

import (
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

func TestLanguageOf(t *testing.T) {
	for asked, want := range map[string]string{
		"en": "en", "zh": "zh", "ZH": "zh", "zh-CN": "zh", "zh_CN.UTF-8": "zh", "zh-Hant-TW": "zh", "en_US.UTF-8": "en", "en-GB": "en",
		"fr": "", "C": "", "chinese": "", "C.UTF-8": "", "zz zz": "",
	} {
		if got := languageOf(asked); got != want {
			t.Errorf("%q is %q, want %q", asked, got, want)
		}
	}
}

// What a zone will never hold is told in one language.
func TestZonesInOneLanguage(t *testing.T) {
	v := &voice{}
	v.chinese.Store(true)
	zones := []fermi.AvailabilityZone{{ID: "z"}}
	if got := v.zones(zones, func(fermi.AvailabilityZone) bool { return false }); got != "无" {
		t.Errorf("Chinese: %s", got)
	}
	if got := inEnglish.zones(zones, func(fermi.AvailabilityZone) bool { return false }); got != "none" {
		t.Errorf("English: %s", got)
	}
	if found := chineseText.FindString(v.say(zoneTooSmall, "z", 1, "A100", 2, "无")); found == "" {
		t.Error("the refusal isn't in Chinese")
	}
}
