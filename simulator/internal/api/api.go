// Package api has what the contract says, in Go: the types of requests and answers, the values of enumerations, and the routes.
// All of it but this file is generated; templates has what differs from oapi-codegen's own.
package api

//go:generate go run github.com/fermi-cluster/terraform-provider-fermi/tools/apigen ../../../internal/contract/openapi.yaml models.yaml routes.yaml
