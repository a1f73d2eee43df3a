//go:build tools

// The original Krew, which a test installs the plug-in with.
package krew

import (
	_ "sigs.k8s.io/krew/cmd/krew"
)
