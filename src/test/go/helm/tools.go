//go:build tools

// The original Helm, which the tests of the chart run.
package helm

import (
	_ "helm.sh/helm/v3/cmd/helm"
)
