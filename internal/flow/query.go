package flow

// query.go knows the text of a query by its looks. A library that executes
// queries need not be known: where fixed text shows a query language and a value
// was put between, the text is a query with a part that was not bound, and it
// does harm where something is called, or a member is filled, whose name says
// that queries are executed there.

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// language is a query language that fixed text shows.
type language uint8

const (
	noLanguage language = iota
	langSQL
	langCypher
	langPipe // KQL, DQL, SPL, Flux: stages behind bars
	langSPARQL
	langGraphQL
	langLDAP
	langSelector // PromQL, LogQL
	langTracker  // JQL, CQL
	langClause   // a condition of SQL by itself
)

// String gives the name by which a path speaks of it.
func (l language) String() string {
	return [...]string{"", "SQL", "Cypher", "a query language of stages", "SPARQL", "GraphQL", "an LDAP filter", "PromQL", "JQL", "SQL"}[l]
}

// hole stands in a skeleton for what is not fixed.
const hole = "\x00"

// maxSkeleton bounds how much of a text is looked at.
const maxSkeleton = 1500

// skeleton gives the fixed text of parts with holes for the rest.
func skeleton(parts []*value) string {
	var b strings.Builder
	open := false
	for _, p := range parts {
		if b.Len() > maxSkeleton {
			break
		}
		if p != nil && p.form == formNumber && p.text != "" {
			b.WriteString(p.text)
			open = false
			continue
		}
		text := p.known()
		if text == "" {
			// A part that begins with a value, and is fixed further on.
			if p != nil && len(p.atoms) == 1 && p.atoms[0].flags&flagPartial != 0 {
				text = p.atoms[0].prefix
			}
		}
		if text != "" {
			b.WriteString(limitTo(text, maxSkeleton))
			open = false
		}
		if (p == nil || p.form != formText || p.hasAtoms()) && !open {
			b.WriteString(hole)
			open = true
		}
	}
	return b.String()
}

// shape is how a language is known.
type shape struct {
	lang language
	// words are upper-case words of which one must be there; they spare the
	// expression for nearly all texts.
	words []string
	match *regexp.Regexp
}

var shapes = []shape{
	{langSPARQL, []string{"WHERE", "PREFIX"}, regexp.MustCompile(`(?s)^\s*(?:PREFIX\s+\w*:\s*<.*)?\b(?:SELECT|CONSTRUCT|ASK|DESCRIBE|DELETE|INSERT)\b.*\bWHERE\s*\{|^\s*PREFIX\s+\w*:\s*<`)},
	{langCypher, []string{"MATCH", "MERGE", "CREATE", "CALL", "UNWIND"}, regexp.MustCompile(
		`(?:^|[\s;\x00])(?:MATCH|MERGE|CREATE)\s+(?:\w+\s*=\s*)?\(\s*(?:[\w\x00]*\s*[:{)]|\x00)|(?i:^\s*match\s*\([^)]*\).*\b(?:return|delete|set)\b)|(?:^|\s)CALL\s+(?:db|apoc|gds)\.|^\s*UNWIND\s+\S+\s+AS\s`)},
	{langSQL, []string{"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "TRUNCATE", "DESC", "EXPLAIN", "SHOW", "PRAGMA", "WITH", "MERGE", "GRANT", "REVOKE", "REPLACE", "ATTACH", "COPY", "CALL", "EXEC", "USE", "LOAD", "VACUUM", "ANALYZE", "SET"}, regexp.MustCompile(
		`^[\s(]*(?:` + sqlUpper + `|` + strings.ToLower(sqlLower) + `)`)},
	{langPipe, []string{"|", "FETCH", "."}, regexp.MustCompile(
		`(?:^|[^|])\|>?\s*(?:where|filter|project(?:-away|-keep|-rename)?|summarize|extend|fieldsAdd|fieldsRemove|fields|makeTimeseries|mv-expand|getschema|distinct|render|aggregateWindow|range|yield|dedup|search|take|sample|limit|top|stats|eval|append|parse|lookup|count)\b\s*(?:[^\s|].*|$)|^\s*fetch\s+[\w.\x00]+\s*[,|]|^\s*\.(?:show|drop|create|alter|set-or-append|append|delete|ingest|clear)\s+\w`)},
	{langGraphQL, []string{"{"}, regexp.MustCompile(`(?s)^\s*(?:query|mutation|subscription)\b\s*\w*\s*(?:\([^{]*\))?\s*\{\s*\w|^\s*\{\s*\w+\s*\(\s*\w+\s*:\s*["\[{]?\x00`)},
	{langLDAP, []string{"("}, regexp.MustCompile(`^\s*\((?:[&|!]\s*\()*\s*[\w.;-]+\s*[~<>]?=[^()]*(?:\x00|\)\s*\()`)},
	{langSelector, []string{"{"}, regexp.MustCompile("(?:^|[\\w\\s(])\\{[^{}]*[\\w.]+\\s*(?:=~|!~|!=|=)\\s*[\"'`]\\x00")},
	{langClause, []string{"'", "LIKE", " IN ", "ORDER BY"}, regexp.MustCompile(`(?i)^\s*(?:and\s+|or\s+)?["` + "`" + `]?[\w.\x00]+["` + "`" + `]?\s*(?:(?:=|!=|<>|<=?|>=?)\s*'|(?:not\s+)?i?like\s+'|(?:not\s+)?in\s*\()[^'"]*\x00|^\s*order by\s+\x00`)},
	{langTracker, []string{"=", "~", " IN "}, regexp.MustCompile(
		`(?i)(?:^|[\s(])(?:project|issuekey|issuetype|assignee|reporter|status|summary|description|text|space|space\.key|type|title|label|labels|creator|ancestor|parent|sprint|fixversion|component|"epic link")\s*(?:!?=|!?~|\bin\b|\bnot in\b)\s*\(?\s*["']?\x00`)},
}

// In lower case a language needs more than its first word to be told from
// prose; a word written like a sentence's first is prose.
const (
	sqlUpper = `SELECT\b.*(?s:.)*?\bFROM\b|SELECT\s+(?:[\w.]+\(|\x00)|INSERT\s+(?:OR\s+\w+\s+)?INTO\b|REPLACE\s+INTO\b|UPDATE\s+[^\s]+(?:\s+\w+)?\s+SET\b|DELETE\s+FROM\b|` +
		`(?:CREATE|DROP|ALTER)\s+(?:OR\s+REPLACE\s+|UNIQUE\s+|TEMP(?:ORARY)?\s+|MATERIALIZED\s+|EXTERNAL\s+)*(?:TABLE|VIEW|INDEX|DATABASE|SCHEMA|USER|ROLE|FUNCTION|PROCEDURE|SEQUENCE|TRIGGER|TYPE|EXTENSION|KEYSPACE|MEASUREMENT|RETENTION|STAGE|WAREHOUSE)\b|` +
		`TRUNCATE\s+(?:TABLE\s+)?\S|(?:DESCRIBE|DESC)\s+(?:(?:TABLE|VIEW|SCHEMA|DATABASE|EXTENDED|FORMATTED|INDEX)\s+)?["'` + "`" + `\[]?[\x00\w]|EXPLAIN\s+(?:\(|ANALYZE\b|VERBOSE\b|QUERY\b|FORMAT\b|SELECT\b|\x00)|` +
		`SHOW\s+(?:FULL\s+|EXTENDED\s+)*(?:TABLES|COLUMNS|CREATE|DATABASES|SCHEMAS|INDEX|INDEXES|KEYS|GRANTS|FIELDS|FIELD|TAG|SERIES|MEASUREMENTS|VIEWS|FUNCTIONS|PROCEDURE|STATUS|VARIABLES)\b|` +
		`PRAGMA\s+[\w.\x00]|WITH\s+(?:RECURSIVE\s+)?[\w\x00"]+\s*(?:\([^)]*\)\s*)?AS\s*(?:MATERIALIZED\s*)?\(|MERGE\s+INTO\b|(?:GRANT|REVOKE)\s+[\w,\s\x00]+\s+ON\b|ATTACH\s+(?:DATABASE\s+)?['"\x00]|COPY\s+[\w."\x00(]+.*\b(?:FROM|TO)\b|` +
		`CALL\s+[\w.\x00]+\(|EXEC(?:UTE)?\s+[\w.\x00]+|USE\s+(?:DATABASE\s+|SCHEMA\s+|WAREHOUSE\s+|ROLE\s+)?["'` + "`" + `\[]?\x00|LOAD\s+DATA\b|VACUUM\s+INTO\b|ANALYZE\s+(?:TABLE\s+)?\x00|SET\s+(?:search_path|SESSION|LOCAL|GLOBAL|ROLE)\b`
	sqlLower = `SELECT\s+(?:DISTINCT\s+)?(?:\*|\x00|[\W\w]*?\()[\W\w]*\sFROM\s|SELECT\s[\w\s,."]+\sFROM\s+["\[]?[\w.\x00]+["\]]?\s*(?:$|;|WHERE\b|LIMIT\b|ORDER BY\b|GROUP BY\b|JOIN\b)|INSERT\s+INTO\s+\S+\s*(?:\(|VALUES)|UPDATE\s+\S+\s+SET\s+\S+\s*=|DELETE\s+FROM\s+\S+\s*(?:WHERE\b|$)|` +
		`(?:CREATE|DROP|ALTER)\s+(?:TABLE|VIEW|INDEX|DATABASE|SCHEMA)\s+(?:IF\s|[\w.\x00"]+\s*(?:$|;|\())|PRAGMA\s+\w+\s*[(=]|SHOW\s+(?:TABLES|COLUMNS)\s+(?:FROM|IN|LIKE)\b|DESCRIBE\s+["]?\x00["]?\s*;?$`
)

// shown gives the query language that a text with holes shows.
func shown(text string) language {
	if len(text) < 4 {
		return noLanguage
	}
	text = limitTo(text, maxSkeleton)
	upper := strings.ToUpper(text)
	for i := range shapes {
		s := &shapes[i]
		for _, w := range s.words {
			if strings.Contains(upper, w) {
				if s.match.MatchString(text) {
					return s.lang
				}
				break
			}
		}
	}
	return noLanguage
}

// inQuery marks the origins of a text that shows a query language. Their last
// step is the one that put them there.
func (f *frame) inQuery(list []atom, lang language) {
	for i := range list {
		if list[i].lang == noLanguage {
			list[i].lang = lang
		}
		if s := list[i].steps; s != nil && s.fn == f.id && lang != noLanguage {
			s.lang = lang
		}
	}
}

// strong reports whether fixed text in this language is hardly anything else.
// Of the others it takes a name that speaks of just them.
func (l language) strong() bool {
	switch l {
	case langSQL, langCypher, langPipe, langSPARQL, langGraphQL:
		return true
	}
	return false
}

// Names are taken apart into words, so that executeQuery and run_sql tell the
// same as execute and sql.
var (
	executing = wordSet("exec execute executes executemany executescript query queries sql raw run prepare statement cypher kql dql esql spl sparql graphql gql search fetch fetchrow fetchval fetchall fetchone fetchmany select scalar scalars first all get each values aggregate jql cql promql logql mutate mutation submit stream cursor iterate unsafe dataframe df read")
	searching = wordSet("search filter find lookup entries query jql cql promql logql expr expression range instant labels issues content ldap execute cypher")
	clauses   = wordSet("where having filter text literal extra order orderby raw andwhere orwhere")
	queryish  = wordSet("query queries sql rawsql statement stmt cypher kql dql gql graphql jql cql expr expression q sparql promql logql esql search querystring querytext rawquery command")
	filtering = wordSet("filter filters searchfilter query q jql cql expr expression search promql logql match selector")
	speaking  = wordSet("log logger print println printf format fmt parse validate check build is has escape sanitize sanitise normalize lint debug warn warning info error trace explain describe push append quote assert verify test compile tokenize split replace translate convert generate make create new message notify emit write text content display render title label annotate cache hash key set")
	creating  = wordSet("create new make")
	carrying  = wordSet("body data json payload request input params options query variables")
)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// wordsOf takes a name apart: executeRawSQL is execute, raw, sql.
func wordsOf(name string) []string {
	var out []string
	start := 0
	runes := []rune(limitTo(name, 80))
	cut := func(end int) {
		if end > start {
			out = append(out, strings.ToLower(string(runes[start:end])))
		}
		start = end
	}
	for i, r := range runes {
		switch {
		case r == '_' || r == '-' || r == '$' || r == '.':
			cut(i)
			start = i + 1
		case i > start && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			cut(i)
		}
	}
	cut(len(runes))
	return out
}

// executes reports whether a call of that name executes the texts it is given.
func executes(name string, lang language) bool {
	if name == "" {
		return false
	}
	set := executing
	switch {
	case lang == langClause:
		set = clauses
	case lang != noLanguage && !lang.strong():
		set = searching
	}
	yes := false
	for _, w := range wordsOf(name) {
		if speaking[w] && !(lang == langSQL && creating[w]) {
			return false
		}
		yes = yes || set[w]
	}
	return yes
}

// holdsQuery reports whether a member or keyword of that name is a query.
func holdsQuery(name string, lang language) bool {
	set := queryish
	switch {
	case lang == langClause:
		set = clauses
	case lang != noLanguage && !lang.strong():
		set = filtering
	}
	words := wordsOf(name)
	if len(words) == 0 {
		return false
	}
	return set[words[len(words)-1]] || set[strings.Join(words, "")] || len(words) > 1 && set[words[0]] && (words[1] == "text" || words[1] == "string" || words[1] == "str")
}

// pending is a sink that becomes a query where a caller hands over the text of
// one. It is known to the summaries alone.
const pending SinkKind = "pending-query"

// maxMembers bounds how deep the arguments of a call are looked into.
const maxMembers = 3

// unknownQuery looks for queries among what a call is given of which no model
// says what it does. members alone are looked at where the call is known.
func (f *frame) unknownQuery(name string, args *arguments, v *program.Value, members bool) {
	if f.sum == nil {
		return
	}
	for i, p := range args.pos {
		f.queryArgument(name, "", p, args.spans[i], v, members, 0)
	}
	for i, k := range args.keys {
		f.queryArgument(name, k.name, k.v, args.kspans[i], v, members, 0)
	}
}

// sentAlong looks for queries in all that a request is made of.
func (f *frame) sentAlong(m *model, name string, args *arguments, v *program.Value) {
	if f.sum == nil || !slices.ContainsFunc(m.Sinks, func(s sinkModel) bool { return s.Kind == Request }) {
		return
	}
	look := func(x *value, span source.Span) {
		for _, a := range all(x) {
			if a.lang.strong() {
				f.hitAtom(Query, a, name, v.Span, span, nil)
			} else if a.kind == fromParam && a.part == partNone && f.inputFree(&a) {
				f.hitAtom(pending, a, name, v.Span, span, nil)
			}
		}
	}
	for i, x := range args.pos {
		look(x, args.spans[i])
	}
	for i, k := range args.keys {
		look(k.v, args.kspans[i])
	}
}

func (f *frame) queryArgument(name, key string, x *value, span source.Span, v *program.Value, members bool, depth int) {
	if x == nil || depth > maxMembers {
		return
	}
	// What MongoDB is given there it runs as JavaScript.
	code := key == "$where"
	carried := depth == 1 && carrying[key] && executes(name, langSQL)
	for i := range x.atoms {
		a := &x.atoms[i]
		said := carried || holdsQuery(key, a.lang) || !members && (key == "" && depth == 0 && executes(name, a.lang))
		switch {
		case code:
			f.hitAtom(Query, *a, name, v.Span, span, nil)
		case !said:
		case a.lang != noLanguage:
			f.use(Query, name, v.Span, span, a.lang == langSQL && !readsOnly(x.known()))
			f.hitAtom(Query, *a, name, v.Span, span, nil)
		case a.kind == fromParam && a.part == partNone && f.inputFree(a):
			f.hitAtom(pending, *a, name, v.Span, span, nil)
		}
	}
	if x.form == formObject || x.form == formInstance {
		for _, m := range x.fields {
			f.queryArgument(name, m.name, m.v, span, v, members, depth+1)
		}
	}
	if x.form == formList && depth > 0 {
		for _, e := range x.elems {
			f.queryArgument(name, key, e.v, span, v, members, depth+1)
		}
	}
}

// inputFree reports whether a parameter is worth remembering: that of a handler
// is what an outsider chose, and is no text of the program's.
func (f *frame) inputFree(a *atom) bool {
	return f.index >= 0 && f.u.entering[f.index] == 0
}

// handsOut reports whether a query is the caller's from its first word: no more
// than a word that asks for its plan stands before, or a limit behind it. What
// looks like a name there, as the table in table | take 10, is a part that was
// not bound.
func handsOut(f *Flow, h *hit) bool {
	if f.Whole {
		return true
	}
	return h.flags&flagOpaque == 0 && beforeWhole.MatchString(h.prefix) && holdsQuery(f.Param, langSQL)
}

var beforeWhole = regexp.MustCompile(`(?i)^[\s(]*(?:(?:explain|profile|analyze|verbose|query plan|format json|costs|true|buffers)\b[\s(),]*)*$`)
