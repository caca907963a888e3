package audit

// fingerprint.go identifies a finding in a way that survives edits elsewhere.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"mcpaudit/internal/source"
)

// fingerprint numbers the findings of a file by what they are about: the check,
// the name of the file, the tool, the parameter, the sink and the text of the
// line with its white space folded. Findings that agree in all of it are counted
// in the order of the text. The file's folder is no part of it: it would depend
// on which folder was audited.
func fingerprint(rel string, text *source.Text, findings []*Finding) {
	seen := map[string]int{}
	for _, f := range findings {
		line := strings.Join(strings.Fields(text.Line(text.LineAt(f.Span.Start))), " ")
		key := strings.Join([]string{f.Check, path.Base(rel), f.Tool, f.Parameter, f.Sink, line}, "\x00")
		n := seen[key]
		seen[key] = n + 1
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, n))
		f.Fingerprint = hex.EncodeToString(sum[:16])
	}
}
