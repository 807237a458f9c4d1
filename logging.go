package main

import "os"

// levels are the variables that set the log levels of a provider. By default it logs everything.
var levels = []string{"TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO", "TF_LOG_PROVIDER_FERMI"}

// silence turns the provider's log off unless TF_LOG or TF_LOG_PROVIDER asks for it. By default a provider writes every
// line and Terraform parses and discards it, which takes a third of the time of a plan. Variables that are already set
// are kept.
func silence() {
	if os.Getenv("TF_LOG") != "" || os.Getenv("TF_LOG_PROVIDER") != "" {
		return
	}
	for _, name := range levels {
		if os.Getenv(name) == "" {
			_ = os.Setenv(name, "OFF")
		}
	}
}
