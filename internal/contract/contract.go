// Package contract is the API's description, from which provider and simulator generate their code.
package contract

import _ "embed"

// OpenAPI is the contract of the Fermi API and of the simulator's control plane, an OpenAPI 3.0 document in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte
