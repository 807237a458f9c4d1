// Package identity is what identifies a resource to Terraform: the id of its object in the cluster.
package identity

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Model is the identity of a resource.
type Model struct {
	ID types.String `tfsdk:"id"`
}

// Schema is the schema of Model; description says whose id it is.
func Schema(description string) identityschema.Schema {
	return identityschema.Schema{
		Attributes: map[string]identityschema.Attribute{
			"id": identityschema.StringAttribute{RequiredForImport: true, Description: description},
		},
	}
}

// Import starts an import by id or by identity, neither of which Terraform validates.
func Import(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := types.StringValue(req.ID)
	if req.ID == "" && req.Identity != nil {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &id)...)
	}
	if strings.TrimSpace(id.ValueString()) == "" || strings.Contains(id.ValueString(), "/") {
		resp.Diagnostics.AddError("Not an id", fmt.Sprintf("Importing %q: an id is neither blank nor has a slash in it. Take it from "+
			"terraform query, or from the cluster's list.", id.ValueString()))
		return
	}
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
}
