package tfvalues

import (
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// Below is an attribute of an object that is itself an attribute.
func Below(within, attribute path.Path) path.Path {
	for _, step := range attribute.Steps() {
		within = within.AtName(step.String())
	}
	return within
}
