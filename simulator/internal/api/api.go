// Package api has what the contract says, in Go: the types of requests and answers, the values of enumerations, and the routes.
//
// oapi-codegen makes models.go and routes.go from the contract. Its configurations lie beside them, and templates has what is to
// differ from its own: an operation parses its request itself, so it is a plain http.HandlerFunc.
package api

//go:generate go run github.com/fermi-cluster/terraform-provider-fermi/tools/apigen ../../../internal/contract/openapi.yaml models.yaml routes.yaml
