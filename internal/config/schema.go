package config

// schema.go writes the JSON schema of .mcpaudit.yaml, for editors that complete
// and check it.

import (
	"encoding/json"
	"strings"
)

// Schema gives the JSON schema (draft 7) of the settings file.
func Schema() []byte {
	root := object{"type": "object", "additionalProperties": false, "properties": object{}}
	for _, s := range table {
		if s.userOnly || s.fileOnly {
			continue
		}
		at := root
		parts := strings.Split(s.key, ".")
		for _, group := range parts[:len(parts)-1] {
			properties := at["properties"].(object)
			if properties[group] == nil {
				properties[group] = object{"type": "object", "additionalProperties": false, "properties": object{}}
			}
			at = properties[group].(object)
		}
		at["properties"].(object)[parts[len(parts)-1]] = s.schema()
	}
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = "mcpaudit settings (" + FileName + ")"
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // only types that JSON has are in it
	}
	return append(out, '\n')
}

// EditorSettings gives the JSON schemas of the settings that an editor may hold, by their
// dotted keys. The member scope says, as VS Code has it, whether a workspace may choose
// one: resource, or application.
func EditorSettings() map[string]any {
	all := map[string]any{}
	for _, s := range table {
		if s.fileOnly {
			continue
		}
		o := s.schema()
		if o["scope"] = "resource"; s.userOnly {
			o["scope"] = "application"
		}
		if o["type"] == nil && o["enum"] != nil {
			o["type"] = []string{"string", "null"}
			o["enum"] = append([]any{nil}, numbersToo(s.values)[:len(s.values)]...)
			o["default"] = nil
		}
		all[s.key] = o
	}
	return all
}

type object = map[string]any

func (s *setting) schema() object {
	o := object{"description": s.doc}
	member := object{"type": "string"}
	if len(s.values) > 0 {
		member = object{"enum": s.values}
		if s.key == "aivss.factors" || s.key == "aivss.version" {
			member["enum"] = numbersToo(s.values)
		}
	}
	switch s.kind {
	case text:
		for k, v := range member {
			o[k] = v
		}
	case number:
		o["type"], o["minimum"] = "integer", 1
	case truth:
		o["type"] = "boolean"
	case amount:
		o["type"], o["minimum"] = "number", 0
	case list:
		o["type"], o["items"] = "array", member
	case mapping:
		o["type"], o["additionalProperties"] = "object", member
		if len(s.names) > 0 {
			o["propertyNames"] = object{"enum": s.names}
		}
	}
	return o
}

// numbersToo adds the numbers that YAML reads an unquoted value as.
func numbersToo(values []string) []any {
	var all []any
	for _, v := range values {
		all = append(all, v)
	}
	for _, v := range values {
		if json.Valid([]byte(v)) {
			all = append(all, json.Number(v))
		}
	}
	return all
}
