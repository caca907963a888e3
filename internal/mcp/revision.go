package mcp

// revision.go says which revision of the specification a server speaks, by the
// SDK that it is written with.

import (
	"strconv"
	"strings"
)

// since is the first version of an SDK whose newest revision is the given one.
type since struct{ version, revision string }

// spoken tells the newest revision that an SDK's versions speak, newest first:
// the value of their own constant for the latest protocol version, read release
// by release. Older versions than all of these speak firstRevision.
var spoken = map[SDK][]since{
	PythonV2:     {{"2.0.0", "2026-07-28"}},
	PythonV1:     {{"2.0.0", "2026-07-28"}, {"1.24.0", "2025-11-25"}, {"1.10.0", "2025-06-18"}, {"1.9.0", "2025-03-26"}},
	TypeScriptV2: {{"2.0.0", "2026-07-28"}},
	TypeScriptV1: {{"1.24.1", "2025-11-25"}, {"1.13.0", "2025-06-18"}, {"1.11.0", "2025-03-26"}},
	GoOfficial:   {{"1.7.0", "2026-07-28"}, {"1.5.0", "2025-11-25"}, {"0.2.0", "2025-06-18"}},
	GoMark3Labs:  {{"0.44.0", "2025-11-25"}, {"0.35.0", "2025-06-18"}, {"0.30.0", "2025-03-26"}},
}

const firstRevision = "2024-11-05"

// Revision gives the newest revision of the specification that a version of an
// SDK speaks, and "" where that is not known: for SDKs that build upon another,
// and for a version that is not a number. Where an SDK can only be of one major
// version, as those named for it, the empty version stands for its first.
func Revision(s SDK, version string) string {
	table := spoken[s]
	if len(table) == 0 {
		return ""
	}
	v, ok := numbers(version)
	if !ok {
		if version == "" && len(table) == 1 {
			return table[0].revision
		}
		return ""
	}
	for _, t := range table {
		if first, _ := numbers(t.version); !less(v, first) {
			return t.revision
		}
	}
	return firstRevision
}

// AtLeast reports whether a version is known and not older than another.
func AtLeast(version, first string) bool {
	v, ok := numbers(version)
	f, _ := numbers(first)
	return ok && version != "" && !less(v, f)
}

// numbers reads the first three numbers of a version; missing ones are 0. What
// follows them, as in 1.7.0-pre.1, does not count.
func numbers(version string) (n [3]int, ok bool) {
	version = strings.TrimPrefix(version, "v")
	version, _, _ = strings.Cut(version, "-")
	for i, part := range strings.SplitN(version, ".", 3) {
		digits := part
		if end := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
			digits = part[:end]
		}
		value, err := strconv.Atoi(digits)
		if err != nil {
			return n, i > 0
		}
		n[i] = value
	}
	return n, true
}

func less(a, b [3]int) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}
