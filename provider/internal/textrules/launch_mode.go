package textrules

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// LaunchMode accept the modes of the API.
var LaunchMode = []validator.String{stringvalidator.OneOf("existing", "dynamic")}
