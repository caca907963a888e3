package manifest

import (
	"strings"

	"mcpaudit/checks/secrets"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// environmentSecretNotMarked reports inputs of a registry entry whose name says that
// they are secret while the entry does not. An input that several packages have is
// reported once, and marked in all of them.
func environmentSecretNotMarked(p *rule.Pass) {
	entry := root(p, mcp.RegistryEntry)
	if entry == nil {
		return
	}
	first := map[string]int{}
	var found []rule.Finding
	early := underscored(p)
	for _, i := range inputs(entry) {
		if !asksForSecret(i) {
			continue
		}
		key := "isSecret"
		if i.object.Member("is_secret") != nil || i.object.Member("isSecret") == nil && early {
			key = "is_secret"
		}
		f := rule.Finding{Span: i.span, Parameter: i.name, Sink: i.what, Fixes: marked(p, i.object, key, "Mark "+i.name+" as a secret")}
		if i.object.Member(key) != nil {
			f.Confidence = rule.Low // somebody said that it is none
		}
		if at, known := first[i.what+i.name]; known {
			same := &found[at]
			if len(same.Related) < rule.MaxRelated {
				same.Related = append(same.Related, rule.Step{Path: p.File.Path, Span: i.span, Text: "and here"})
			}
			if len(same.Fixes) > 0 && len(f.Fixes) > 0 {
				same.Fixes[0].Edits = append(same.Fixes[0].Edits, f.Fixes[0].Edits...)
			}
			continue
		}
		first[i.what+i.name] = len(found)
		found = append(found, f)
	}
	for _, f := range found {
		p.Report(f)
	}
}

// underscored reports whether an entry writes its keys in the way of early schemas.
func underscored(p *rule.Pass) bool {
	text := p.File.Tree.Text.String()
	return strings.Contains(text, `"is_required"`) || strings.Contains(text, `"registry_type"`)
}

// asksForSecret reports whether the user is asked for a secret that is not marked.
func asksForSecret(i input) bool {
	if pick(i.object, "isSecret", "is_secret").True() || !secretInput(i) {
		return false
	}
	switch i.object.Get("format").Str() {
	case "boolean", "number", "filepath":
		return false
	}
	// What has a fixed value asks nobody, and of a template the variables are asked for.
	return i.object.Member("choices") == nil && i.object.Member("variables") == nil && i.object.Get("value").Str() == ""
}

func secretInput(i input) bool {
	name := strings.ReplaceAll(i.name, "-", "_")
	if i.what == "header" && (strings.EqualFold(name, "authorization") || strings.EqualFold(name, "cookie")) {
		return true
	}
	if i.what == "argument" && i.object.Member("name") == nil && i.object.Member("type") != nil {
		return false
	}
	return secretName(name)
}

// secretName reports whether the user would give a secret under a name. Switches and
// files are named after secrets as well.
func secretName(name string) bool {
	lower := strings.ToLower(strings.TrimLeft(name, "_"))
	for _, word := range []string{"enable", "disable", "use_", "require", "allow", "has_", "no_", "mask", "public", "show"} {
		if strings.HasPrefix(lower, word) {
			return false
		}
	}
	return secrets.IsSecretName(name) && !strings.HasSuffix(lower, "credentials") && !strings.HasSuffix(lower, "credential")
}

// spanOf gives the place of a value, or that of its owner where it is missing.
func spanOf(v, owner *source.Value) source.Span {
	if v != nil {
		return v.Span
	}
	return owner.Span
}
