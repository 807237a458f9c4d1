package text

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/sourcetest"
)

// codes returns the codes that have words, sorted. It reports a code without words in a language.
func codes[K ~string](t *testing.T, messages map[K]Message) []string {
	t.Helper()
	var list []string
	for code, m := range messages {
		if m.chinese == "" || m.english == "" {
			t.Errorf("%T %s lacks words in a language", code, code)
		}
		list = append(list, string(code))
	}
	slices.Sort(list)
	return list
}

// Every code of the contract has words in both languages, and nothing else has.
func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		enumeration string
		worded      []string
	}{
		{"ErrorReason", codes(t, errorMessages)},
		{"EventReason", codes(t, reasonMessages)},
		{"StreamResetReason", codes(t, resetMessages)},
		{"Verdict", codes(t, capacityMessages)},
		{"SuggestionKind", codes(t, suggestionMessages)},
	} {
		if diff := cmp.Diff(sourcetest.Constants(t, "../api", c.enumeration), c.worded); diff != "" {
			t.Errorf("%s: codes (-), words (+):\n%s", c.enumeration, diff)
		}
	}
}
