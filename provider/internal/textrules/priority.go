package textrules

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Priority accepts the API's priorities.
var Priority = []validator.String{stringvalidator.OneOf("low", "normal", "high")}
