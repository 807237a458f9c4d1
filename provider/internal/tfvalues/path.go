package tfvalues

import (
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// Below returns the path of an attribute within an object.
func Below(within, attribute path.Path) path.Path {
	for _, step := range attribute.Steps() {
		within = within.AtName(step.String())
	}
	return within
}
