//go:build tools

// The original Hubble command line and relay, which the tests run against the agent.
package hubble

import (
	_ "github.com/cilium/cilium/hubble"
	_ "github.com/cilium/cilium/hubble-relay"
)
