//go:build tools

// A store that speaks S3, which the tests of captures' outputs write to.
package versitygw

import (
	_ "github.com/versity/versitygw/cmd/versitygw"
)
