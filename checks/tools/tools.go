// Package tools holds the matchers of checks on what tools are called, whether they
// ask before they do harm, and whether they stay what they were.
package tools

import "mcpaudit/internal/rule"

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"destructive-without-confirmation": destructiveWithoutConfirmation,
	"duplicate-tool-name":              duplicateToolName,
	"dynamic-tool-definition":          dynamicToolDefinition,
	"invalid-tool-name":                invalidToolName,
	"look-alike-tool-name":             lookAlikeToolName,
	"mirrored-tool-definition":         mirroredToolDefinition,
	"toxic-combination":                toxicCombination,
	"unannotated-destructive-tool":     unannotatedDestructiveTool,
}
