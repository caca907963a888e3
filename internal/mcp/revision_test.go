package mcp

import "testing"

func TestRevision(t *testing.T) {
	for _, c := range []struct {
		sdk           SDK
		version, want string
	}{
		{PythonV1, "1.8.1", "2024-11-05"},
		{PythonV1, "1.9.0", "2025-03-26"},
		{PythonV1, "1.23.3", "2025-06-18"},
		{PythonV1, "1.24.0", "2025-11-25"},
		{PythonV1, "1.30", "2025-11-25"},
		{PythonV1, "2.1", "2026-07-28"},
		{PythonV2, "", "2026-07-28"},
		{PythonV1, "", ""},
		{PythonV1, "latest", ""},
		{TypeScriptV1, "1.10.2", "2024-11-05"},
		{TypeScriptV1, "1.24.0", "2025-06-18"},
		{TypeScriptV1, "1.24.1", "2025-11-25"},
		{TypeScriptV2, "2.4.0", "2026-07-28"},
		{GoOfficial, "v1.6.1", "2025-11-25"},
		{GoOfficial, "v1.8.0-pre.1", "2026-07-28"},
		{GoMark3Labs, "v0.34.0", "2025-03-26"},
		{GoMark3Labs, "v1.2.1", "2025-11-25"},
		{PythonFastMCP, "2.10.0", ""},
	} {
		if got := Revision(c.sdk, c.version); got != c.want {
			t.Errorf("%s %q speaks %q, want %q", c.sdk, c.version, got, c.want)
		}
	}
}
