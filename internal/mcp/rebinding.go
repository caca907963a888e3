package mcp

// rebinding.go says which transports ask a request for its Host header by
// themselves, by SDK, version and option, as read in the SDKs' releases.

// hostCheckSince are the first versions whose HTTP transports refuse a foreign
// Host header unless told otherwise, where the server listens on the loopback
// address. An SDK that is not named never does so by itself.
var hostCheckSince = map[SDK]map[TransportKind]string{
	PythonV1:    {SSE: "1.23.0", StreamableHTTP: "1.23.0"},
	PythonV2:    {SSE: "1.23.0", StreamableHTTP: "1.23.0"},
	GoOfficial:  {SSE: "1.6.0", StreamableHTTP: "1.4.0"},
	GoMark3Labs: {SSE: "0.56.0", StreamableHTTP: "0.56.0"},
}

// HostCheck says whether a transport refuses a foreign Host header.
type HostCheck uint8

// The outcomes.
const (
	HostUnchecked HostCheck = iota
	HostChecked
	HostUnknown // by an option or version that is not seen
)

// ChecksHost says whether the transport itself refuses requests whose Host or
// Origin is foreign. since is the version that does so by default, empty where
// the SDK's versions do not differ.
func (t *Transport) ChecksHost() (check HostCheck, since string) {
	switch t.SDK {
	case TypeScriptV1, TypeScriptV2:
		return t.listed("enableDnsRebindingProtection", "allowedHosts", "allowedOrigins"), ""
	case PythonFastMCP:
		if t.Given["host_origin_protection"] && t.Options["host_origin_protection"] != "false" || t.Given["allowed_hosts"] {
			return HostChecked, ""
		}
		return t.unseen(), ""
	case TSFastMCP, GoMetoro:
		return t.unseen(), ""
	case TSFramework, TSHandler, "":
		// The one checks the origin by itself, the others run where a platform serves.
		return HostUnknown, ""
	case PythonV1, PythonV2:
		for _, settings := range []string{"transport_security", "security_settings"} {
			if t.Given[settings] && t.Options[settings] == "false" {
				return t.unseen(), ""
			} else if t.Given[settings] {
				return HostChecked, ""
			}
		}
		if t.lowLevel() {
			return t.unseen(), ""
		}
		// The server's own setting decides, not what another web server listens on.
		if h := t.Options["host"]; h != "" && h != "127.0.0.1" && h != "localhost" && h != "::1" {
			return t.unseen(), ""
		}
	case GoOfficial, GoMark3Labs:
		for _, off := range []string{"DisableLocalhostProtection", "WithDisableLocalhostProtection", "WithSSEDisableLocalhostProtection"} {
			if t.Options[off] == "true" {
				return HostUnchecked, ""
			}
			if t.Given[off] && t.Options[off] != "false" {
				return HostUnknown, ""
			}
		}
	}
	return t.bySince()
}

// listed judges TypeScript's options: the switch and a list that it turns on.
func (t *Transport) listed(turnOn string, lists ...string) HostCheck {
	if t.Open && !t.Given[turnOn] {
		return HostUnknown
	}
	if !t.Given[turnOn] || t.Options[turnOn] == "false" {
		return HostUnchecked
	}
	for _, l := range lists {
		if t.Given[l] {
			return HostChecked
		}
	}
	return t.unseen()
}

// unseen is the outcome without protection, unless options are hidden.
func (t *Transport) unseen() HostCheck {
	if t.Open {
		return HostUnknown
	}
	return HostUnchecked
}

// lowLevel reports whether the transport was made by hand, where Python's SDK
// protects nothing by itself.
func (t *Transport) lowLevel() bool {
	switch t.Name {
	case "SseServerTransport", "StreamableHTTPSessionManager", "StreamableHTTPServerTransport":
		return true
	}
	return false
}

// bySince judges by the version. One that is not known is taken for the newest.
func (t *Transport) bySince() (HostCheck, string) {
	since := hostCheckSince[t.SDK][t.Kind]
	v, ok := numbers(t.Version)
	first, _ := numbers(since)
	switch {
	case t.Version == "" || !ok:
		return HostUnknown, since
	case less(v, first):
		return HostUnchecked, since
	}
	return HostChecked, since
}
