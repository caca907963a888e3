package operations

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// modelCallWithoutLimit reports calls of a language model that do not say how long its
// answer may be.
func modelCallWithoutLimit(p *rule.Pass) {
	if p.TestFile() || !p.Imports("openai", "litellm", "github.com/sashabaranov/go-openai", "github.com/openai/openai-go") || besideServer.MatchString(p.File.Path) {
		return
	}
	h := habit{pass: p}
	fixable := !otherProvider.MatchString(p.File.Tree.Text.String())
	if p.File.Lang == source.Go {
		goModelCalls(&h, fixable)
	} else {
		modelCalls(&h, fixable)
	}
	if len(h.places) > 0 && (p.Facts.Part || p.Server().Servers > 0) {
		h.report("the length of this answer has no limit either", "Limit the answer to 4,096 tokens", false)
	}
}

// besideServer are folders with what belongs to a server's project and not to the server.
var besideServer = regexp.MustCompile(`(?i)(^|/)(evals?|benchmarks?|examples)/|(^|/)(scripts?|docs?)/[^/]*$`)

// otherProvider is in a file that speaks to another service than OpenAI's own, which may
// know the limit by another name.
var otherProvider = regexp.MustCompile(`(?i)base_?url|azure|litellm|openrouter`)

func modelCalls(h *habit, fixable bool) {
	p := h.pass
	for _, c := range p.Calls("create", "completion", "acompletion") {
		name := c.Name()
		var limits []string
		switch {
		case strings.HasPrefix(name, "openai") && strings.HasSuffix(name, ".chat.completions.create"):
			limits = []string{"max_completion_tokens", "max_tokens"}
		case strings.HasPrefix(name, "openai") && strings.HasSuffix(name, ".responses.create"):
			limits = []string{"max_output_tokens"}
		case name == "litellm.completion" || name == "litellm.acompletion":
			limits = []string{"max_tokens", "max_completion_tokens"}
		default:
			continue
		}
		options := c.Arg(0)
		if c.Spreads() || p.File.Lang.ECMAScript() && !isObject(options) ||
			slices.ContainsFunc(limits, func(l string) bool { return c.Keyword(l) != nil || c.Option(l) != nil }) {
			continue
		}
		var edits []rule.Edit
		switch {
		case !fixable:
		case p.File.Lang.ECMAScript():
			edits = []rule.Edit{c.WithPair(options, limits[0]+": 4096")}
		default:
			edits = []rule.Edit{c.With(limits[0] + "=4096")}
		}
		h.add(c, c.Text(c.Value.X), edits...)
	}
}

// goLimits are the fields that limit an answer, by the type of the request.
var goLimits = map[string][]string{
	"github.com/sashabaranov/go-openai.ChatCompletionRequest": {"MaxCompletionTokens", "MaxTokens"},
	"github.com/openai/openai-go.ChatCompletionNewParams":     {"MaxCompletionTokens", "MaxTokens"},
	"github.com/openai/openai-go/responses.ResponseNewParams": {"MaxOutputTokens"},
}

func goModelCalls(h *habit, fixable bool) {
	p := h.pass
	for _, c := range p.Calls("CreateChatCompletion", "CreateChatCompletionStream", "New", "NewStreaming") {
		request := c.Arg(1)
		if request == nil || request.Op != program.OpObject || request.X == nil {
			continue
		}
		kind := p.File.Canonical(c.Func, request.X)
		limits, known := goLimits[kind]
		if !known || slices.ContainsFunc(limits, func(l string) bool { return rule.Pair(request, l) != nil }) {
			continue
		}
		var edits []rule.Edit
		if strings.Contains(kind, "sashabaranov") && fixable {
			edits = []rule.Edit{c.WithPair(request, limits[0]+": 4096")}
		}
		h.add(c, c.Text(c.Value.X), edits...)
	}
}
