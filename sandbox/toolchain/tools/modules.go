//go:build modules

// Package tools pins modules that are read as data (custom resource definitions), not built.
package tools

import _ "sigs.k8s.io/gateway-api/apis/v1"
