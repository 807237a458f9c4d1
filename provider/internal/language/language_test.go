package language

import (
	"testing"
)

func TestLanguageOf(t *testing.T) {
	for asked, want := range map[string]string{
		"en": "en", "zh": "zh", "ZH": "zh", "zh-CN": "zh", "zh_CN.UTF-8": "zh", "zh-Hant-TW": "zh", "en_US.UTF-8": "en", "en-GB": "en",
		"fr": "", "C": "", "chinese": "", "C.UTF-8": "", "zz zz": "",
	} {
		if got := parseLanguage(asked); got != want {
			t.Errorf("%q is %q, want %q", asked, got, want)
		}
	}
}
