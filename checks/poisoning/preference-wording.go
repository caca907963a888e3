package poisoning

import (
	"regexp"
	"strings"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// urge is one way to push a tool before others.
type urge struct {
	what    string // completes "it"
	wording *rule.Prefiltered
	// unless is worded in sentences that mean something else.
	unless *rule.Prefiltered
}

const (
	others = `(?:any|all|every|each)(?: of)?(?: the)?(?: other)?|other`
	tools  = `(?:mcp )?(?:tools?|servers?|plugins?|functions?|integrations?)`
)

// within says that the tools meant are the server's own.
var within = wording(`\b(?:this|our|the same|own) (?:mcp )?(?:server|plugin|package|suite|toolset|toolkit|group|family)\b|\b(?:these|below|above|listed|related) tools?\b`)

// preferences push a tool before all others, whatever the user's task.
var preferences = []urge{
	{what: "praises itself above all other tools", unless: denial,
		wording: wording(`\b(?:the|is) (?:very )?(?:best|ultimate|superior|number one|#1|most (?:powerful|trusted|reliable|advanced|accurate|complete|popular)) ` + tools + ` (?:available|you (?:have|need)|there is|ever|on the market|of all|in the world|among (?:all|any|every))\b`)},
	{what: "praises itself above all other tools", unless: denial,
		wording: wording(`\b(?:the )?only ` + tools + ` (?:that )?you (?:will )?(?:ever )?(?:need|should (?:ever )?use|must use)\b`)},
	{what: "praises itself above all other tools", unless: denial,
		wording: wording(`\b(?:better|safer|faster|more (?:reliable|accurate|trusted|powerful)|superior) (?:than|to) (?:` + others + `) (?:other )?(?:available |similar |competing )?` + tools + `\b`)},
	{what: "asks to be chosen before all other tools", unless: denial,
		wording: wording(`\b(?:always|must|should always|only)\b[^.;!?]{0,20}\b(?:use|choose|select|prefer|call|pick)\b (?:this|it)\b[^.;!?]{0,40}\b(?:instead of|over|rather than|in place of|in preference to)\b (?:` + others + `) (?:other )?(?:available |similar |competing )?` + tools + `\b`)},
	{what: "asks to be chosen before all other tools", unless: denial,
		wording: wording(`\b(?:takes?|has|have|gets?) (?:absolute |the |top |highest )?(?:precedence|priority) over (?:` + others + `) (?:other )?(?:available |similar |competing )?` + tools + `\b`)},
	{what: "asks to be chosen before all other tools", unless: denial,
		wording: wording(`\b(?:use|choose|select|prefer|call|pick) this (?:tool|server)\b[^.;!?]{0,20}\beven (?:if|when|though)\b[^.;!?]{0,30}\b(?:user|another tool|other tools?|another server)\b`)},
	{what: "asks to leave other tools alone",
		unless:  wording(`\b(?:while|until|before|after|when|if|unless|in parallel|simultaneously|at the same time|again|to (?:edit|modify|write|change|delete))\b`),
		wording: wording(`\b(?:ignore|disregard|avoid|never (?:use|call|choose)|do not (?:use|call|choose)|don['’]t (?:use|call|choose)) (?:any |all |every )?(?:of the )?(?:other|competing|similar) (?:available |similar |competing )?` + tools + `\b`)},
	{what: "asks to leave other tools alone", unless: denial,
		wording: wording(`\b(?:replaces|supersedes|overrides|makes obsolete) (?:` + others + `) (?:other )?(?:available |similar |competing )?` + tools + `\b`)},
}

const activity = `(?:tools?|tool calls?|actions?|requests?|responses?|messages?|repl(?:y|ies)|answers?|questions?|turns?|prompts?|conversations?|chats?|sessions?|tasks?|user (?:messages?|requests?|prompts?|queries|questions?))`

// orderings want a tool to be called around everything else that the model does.
var orderings = []urge{
	{what: "around everything else", unless: denial,
		wording: wording(`\b(?:always|must|mandatory|required|important|critical|remember to|make sure to|be sure to)\b[^.;!?]{0,60}\b(?:call|use|run|invoke|execute)(?:ed)?\b[^.;!?]{0,30}\b(?:before|after|prior to)\b (?:(?:using|calling|running|invoking|executing|taking|giving|answering|doing|starting|sending) )?(?:any|every|each|all)(?: of)?(?: the)?(?: other)? ` + activity + `\b`)},
	{what: "around everything else", unless: denial,
		wording: wording(`^(?:important: ?|note: ?|please )?(?:call|use|run|invoke) (?:this(?: tool)?|it)\b[^.;!?]{0,20}\b(?:before|after|prior to)\b (?:(?:using|calling|running|invoking|executing|taking|giving|answering|doing|starting|sending) )?(?:any|every|each|all)(?: of)?(?: the)? ?(?:other )?` + activity + `\b`)},
	{what: "at every turn", unless: denial,
		wording: wording(`\b(?:call|use|run|invoke) (?:this(?: tool)?|it)\b[^.;!?]{0,15}\b(?:on|for|at|with|in) (?:every|each)(?: single)? (?:message|turn|request|response|reply|answer|prompt|user (?:message|request|prompt|query))\b`)},
}

// preferenceWording reports descriptions that push their tool before the tools of
// others instead of saying what it does.
func preferenceWording(p *rule.Pass) { urged(p, preferences) }

// crossToolOrder reports descriptions that want their tool to be called before or after
// all that the model does.
func crossToolOrder(p *rule.Pass) { urged(p, orderings) }

func urged(p *rule.Pass, list []urge) {
	seen := map[source.Span]bool{}
	for _, t := range texts(p.Facts) {
		if t.what == "name" || strings.HasPrefix(t.what, "name of") || seen[t.span] || len(t.value) > maxText {
			continue
		}
		what, sentence := urgent(t.value, list)
		if what == "" {
			continue
		}
		seen[t.span] = true
		f := rule.Finding{Span: locate(p, t.span, sentence), Tool: t.tool, Parameter: what}
		f.Fixes = withoutSentence(p, t, sentence)
		p.Report(f)
	}
}

// urgent gives the first urge of a text, with its sentence.
func urgent(text string, list []urge) (what, sentence string) {
	folded := rule.Folded(text)
	var possible []*urge
	for i := range list {
		if list[i].wording.Possible(folded) {
			possible = append(possible, &list[i])
		}
	}
	if len(possible) == 0 {
		return "", ""
	}
	for _, s := range sentences(text) {
		judged := unquoted(s)
		if within.MatchString(judged) || about.MatchString(judged) {
			continue
		}
		for _, u := range possible {
			at := u.wording.FindStringIndex(judged)
			if at == nil {
				continue
			}
			scope := judged
			if u.unless == denial {
				scope = judged[:at[1]]
			}
			if !u.unless.MatchString(scope) {
				return u.what, s
			}
		}
	}
	return "", ""
}

// withoutSentence removes a sentence from a description that says more than that. Its
// author should look at what is left, so it is not done unseen.
func withoutSentence(p *rule.Pass, t told, sentence string) []rule.Fix {
	words := strings.Fields(sentence)
	if len(words) > 60 || len(strings.Fields(t.value)) <= len(words) {
		return nil
	}
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	raw := p.File.Tree.Text.Slice(t.span)
	at := regexp.MustCompile(`\s*` + strings.Join(words, `\s+`)).FindStringIndex(raw)
	if at == nil {
		return nil
	}
	return []rule.Fix{{
		Title: "Remove this sentence from the description",
		Edits: []rule.Edit{{Path: p.File.Path, Span: source.Span{Start: t.span.Start + uint32(at[0]), End: t.span.Start + uint32(at[1])}}},
	}}
}
