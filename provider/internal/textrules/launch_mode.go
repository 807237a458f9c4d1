package textrules

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// LaunchMode accepts the API's launch modes.
var LaunchMode = []validator.String{stringvalidator.OneOf("existing", "dynamic")}
