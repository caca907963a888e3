package poisoning

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// hiddenInstructions reports descriptions that give the model orders behind its
// user's back. Each sentence is graded: a signal of strength 2 is reported by
// itself, one of strength 1 only together with another kind in the same
// sentence or the next. What is denied or quoted counts for nothing.
func hiddenInstructions(p *rule.Pass) {
	seen := map[source.Span]bool{}
	for _, t := range texts(p.Facts) {
		if t.what == "name" || strings.HasPrefix(t.what, "name of") || seen[t.span] {
			continue
		}
		order, words := judgements.of(t.value)
		if order == "" {
			continue
		}
		seen[t.span] = true
		p.Report(rule.Finding{Span: locate(p, t.span, words), Tool: t.tool, Parameter: order})
	}
}

// signal is one kind of order and how it is worded.
type signal struct {
	order    string // completes "tells the model to"
	strength int
	wording  *rule.Prefiltered
	// unless is worded in sentences that speak about the thing, not in its favour.
	unless *rule.Prefiltered
}

const (
	user    = `(?:the |your |its )?(?:end[- ])?(?:user|human|operator|person|customer)`
	no      = `(?:do not|don'?t|never|must not|mustn'?t|should not|shouldn'?t|avoid|no need to|refrain from)`
	secrets = `(?:~/\.ssh|\bid_(?:rsa|ed25519|ecdsa)\b|(?:^|[\s/'"])\.env\b|\.aws/credentials|\bmcp\.json\b|claude_desktop_config|/etc/(?:passwd|shadow)\b|\.npmrc\b|\.netrc\b|\.git-credentials\b|\.kube/config\b|\bkeychain\b|\b(?:private|ssh|api) keys?\b|\b(?:saved |stored )?(?:passwords|credentials)\b)`
	carry   = `\b(?:pass|put|include|append|attach|send|insert|paste|copy|upload|submit)\b`
)

func wording(s string) *rule.Prefiltered { return rule.Prefilter(`(?i)` + s) }

// about is what a text says that warns of attacks.
var about = wording(`\b(?:detect|prevent|defen[cds]|protect|attempt|attack|injection|jailbreak|malicious|refus|warn|scan|filter|saniti|block|guard|such as|for example|e\.g\.|texts? that|phrases? like)`)

var signals = []signal{
	{order: "hide something from the user", strength: 2,
		wording: wording(`\b` + no + `\s+(?:(?:ever|explicitly)\s+)?(?:tell|mention|inform|notify|alert|reveal|disclose)\b[^.;!?]{0,25}\b(?:this|it|that|about)\b[^.;!?]{0,25}\b` + user + `\b`)},
	{order: "hide something from the user", strength: 2,
		wording: wording(`\b` + no + `\s+(?:(?:ever|explicitly)\s+)?(?:tell|inform|notify|alert)\s+` + user + `\s+(?:about|of|that)\s+(?:this|it|these|the (?:call|tool|transfer|upload|step|request)|you)\b`)},
	{order: "hide something from the user", strength: 2,
		wording: wording(`\bwithout (?:telling|informing|notifying|alerting|mentioning (?:it|this) to) ` + user + `\b`), unless: denial},
	{order: "hide something from the user", strength: 1,
		wording: wording(`\b` + no + `\s+(?:tell|mention|inform|notify|alert|reveal|disclose|show)\b[^.;!?]{0,40}\b` + user + `\b|\b(?:secretly|covertly|keep (?:this|it) (?:secret|hidden) from)\b`)},
	{order: "set its instructions aside", strength: 2,
		wording: wording(`\b(?:ignore|disregard|forget|override|bypass)\b(?:\s+\w+){0,3}?\s+(?:previous|prior|above|earlier|preceding|safety|your)\b(?:\s+\w+){0,3}?\s+(?:instructions?|prompts|rules|guidelines|directives|restrictions)\b`), unless: about},
	{order: "read secrets", strength: 1,
		wording: wording(`(?:^|[,:>]\s*|\b(?:first|then|and|please|must|should|always|to)\s+)(?:read|open|cat|load|fetch|access|retrieve|copy|collect|find)\b[^.;!?]{0,60}` + secrets), unless: denial},
	{order: "read secrets", strength: 1,
		wording: wording(carry + `[^.;!?]{0,60}` + secrets), unless: denial},
	{order: "pass on what it reads", strength: 1,
		wording: wording(carry + `\s+(?:(?:the|its|their|all|full|entire|whole)\s+){0,3}(?:contents?|output|result|files?)\b[^.;!?]{0,40}\b(?:as|in|into|to)\s+(?:the\s+)?['"]?\w+`), unless: denial},
	{order: "pass on the conversation", strength: 1,
		wording: wording(carry + `\b[^.;!?]{0,40}\b(?:conversation|chat|message) (?:history|log|transcript|so far)\b|` + carry + `\b[^.;!?]{0,30}\b(?:all|every) (?:previous|prior|earlier) messages?\b`), unless: denial},
	{order: "pass on its own instructions", strength: 2,
		wording: wording(`\b(?:include|send|pass|put|reveal|output|print|append)\b[^.;!?]{0,30}\byour (?:system prompt|(?:system |initial |hidden )?instructions)\b`), unless: denial},
	{order: "treat the tools of other servers differently", strength: 2,
		wording: wording(`\b(?:never|do not|don'?t|instead|always|must|whenever|before)\b[^.!?]{0,80}\b(?:tools? (?:of|from|on|by) (?:other|another|any other|different) (?:mcp )?servers?|(?:other|another) (?:mcp )?servers?'?s? tools?)\b`), unless: wording(`\b(?:does not|doesn'?t|cannot|can'?t|will not|won'?t|is not|isn'?t)\b`)},
	{order: "obey it before other tools", strength: 1,
		wording: wording(`\bbefore (?:using|calling|invoking|running) (?:this|any(?: other)?|other|the) tools?\b[^.;!?]{0,40}\b(?:read|open|cat|fetch|access|send|pass|include)\b`)},
	{order: "act without consent", strength: 1,
		wording: wording(`\b(?:without (?:asking|confirmation|approval|permission|consent|confirming)|skip (?:the |any )?(?:confirmation|approval)|auto-?approve)\b`), unless: denial},
	{order: "take a description for an order", strength: 1,
		wording: wording(`<\s*(?:important|system|secret|hidden|admin|instructions?|assistant)\s*>|\[/?INST\]|<\|im_start\|>|<<SYS>>`)},
	{order: "send copies elsewhere", strength: 1,
		wording: wording(`\b(?:set|add)\b[^.;!?]{0,20}\bbcc\b[^.;!?]{0,20}@|\b(?:forward|redirect|reroute|send)\b[^.;!?]{0,40}\b(?:to|copy)\b[^.;!?]{0,20}\S+@\S+`), unless: denial},
}

// denial is what turns an order into its opposite.
var denial = wording(`\b(?:never|not|no|n't|cannot|doesn'?t|don'?t|won'?t|isn'?t|without ever)\b`)

// judgements keeps what orders says of texts, because most descriptions are the
// same at every version of a file. Two generations bound it: what the younger
// one lacks comes from the older, and goes with it if nobody asks again.
var judgements memory

type memory struct {
	mu           sync.Mutex
	young, older map[string]weak
}

// memorySize is the number of texts of a generation. Texts longer than memoryText
// bytes are judged each time.
const (
	memorySize = 2_000
	memoryText = 1_000
)

func (m *memory) of(text string) (order, words string) {
	if len(text) > memoryText {
		return orders(text)
	}
	m.mu.Lock()
	j, ok := m.young[text]
	if !ok {
		j, ok = m.older[text]
	}
	m.mu.Unlock()
	if !ok {
		j.order, j.words = orders(text)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.young[text]; !ok {
		if len(m.young) >= memorySize || m.young == nil {
			m.young, m.older = make(map[string]weak), m.young
		}
		// Copies: a piece of a text would keep all of it.
		m.young[strings.Clone(text)] = weak{j.order, strings.Clone(j.words)}
	}
	return j.order, j.words
}

// orders gives the first order that a text holds, with the words that say it.
func orders(text string) (order, words string) {
	if len(text) > maxText {
		text = text[:maxText]
	}
	var before []weak // of the sentence before
	for _, s := range sentences(text) {
		judged := unquoted(s)
		folded := rule.Folded(judged)
		var found []weak
		for i := range signals {
			sig := &signals[i]
			if !sig.wording.Possible(folded) {
				continue
			}
			at := sig.wording.FindStringIndex(judged)
			if at == nil || sig.unless != nil && contradicted(sig, judged, at) {
				continue
			}
			w := weak{sig.order, strings.TrimLeft(judged[at[0]:at[1]], " ,:>")}
			if sig.strength >= 2 {
				return w.order, w.words
			}
			if !slices.ContainsFunc(found, func(o weak) bool { return o.order == w.order }) {
				found = append(found, w)
			}
		}
		switch {
		case len(found) > 1:
			return found[0].order, found[0].words
		case len(found) == 1 && len(before) == 1 && before[0].order != found[0].order:
			return before[0].order, before[0].words
		}
		before = found
	}
	return "", ""
}

// weak is a signal of strength 1 that was found.
type weak struct{ order, words string }

// maxText is the length in bytes up to which a text is judged.
const maxText = 20_000

// contradicted reports whether the sentence takes back what the wording says:
// a denial counts where it stands before or within the wording, a warning
// anywhere in the sentence.
func contradicted(sig *signal, sentence string, at []int) bool {
	if sig.unless == denial {
		sentence = sentence[:at[1]]
	}
	return sig.unless.MatchString(sentence)
}

// sentences splits a text. A dot ends a sentence only before white space, so
// that names of files stay whole.
func sentences(text string) []string {
	var all []string
	start := 0
	cut := func(end int) {
		if s := strings.Join(strings.Fields(text[start:end]), " "); s != "" {
			all = append(all, s)
		}
		start = end
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '.', '!', '?', ';':
			if i+1 == len(text) || unicode.IsSpace(rune(text[i+1])) || text[i+1] == '<' {
				cut(i + 1)
			}
		case '\n':
			if i+1 < len(text) && (text[i+1] == '\n' || text[i+1] == '-' || text[i+1] == '*') {
				cut(i)
			}
		}
	}
	cut(len(text))
	return all
}

var quoted = regexp.MustCompile("\"[^\"]*\\s[^\"]*\\s[^\"]*\"|“[^”]*\\s[^”]*\\s[^”]*”|`[^`]*\\s[^`]*\\s[^`]*`")

// unquoted drops what a sentence quotes, if it is longer than a name.
func unquoted(s string) string {
	if !strings.ContainsAny(s, "\"“`") {
		return s
	}
	return quoted.ReplaceAllString(s, " … ")
}

// locate finds words in the literal that holds it; the whole literal
// stands in where it is written in another way.
func locate(p *rule.Pass, literal source.Span, said string) source.Span {
	raw := p.File.Tree.Text.Slice(literal)
	words := strings.Fields(said)
	for n := min(len(words), 8); n >= 2; n-- {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = regexp.QuoteMeta(words[i])
		}
		at := regexp.MustCompile(strings.Join(parts, `\s+`)).FindStringIndex(raw)
		if at == nil {
			continue
		}
		end := min(len(raw), at[0]+len(said))
		if nl := strings.IndexByte(raw[at[0]:end], '\n'); nl >= 0 && nl > at[1]-at[0] {
			end = at[0] + nl
		}
		start := literal.Start + uint32(at[0])
		return source.Span{Start: start, End: literal.Start + uint32(max(end, at[1]))}
	}
	return literal
}
