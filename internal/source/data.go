package source

// data.go reads documents of JSON and TOML: their values with the places at which
// they stand. Such a document has no syntax tree but its root and its comments.

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/tailscale/hujson"
)

// ValueKind is the kind of a value of a document.
type ValueKind uint8

// The kinds of value. Other is a date or a time of TOML.
const (
	Null ValueKind = iota
	Bool
	Number
	String
	Array
	Object
	Other
)

// Value is a value of a JSON or TOML document. The methods of a nil value are those
// of one that is not there.
type Value struct {
	Kind ValueKind
	// Span is the place of the value, absolute; that of a table of TOML which stands
	// under a header is the header's name.
	Span Span
	// Text is a string as it reads, or a number or the like as it is written.
	Text     string
	Members  []Member // of an object, in the order of the text
	Elements []*Value // of an array
}

// Member is a key of an object with its value. A key of JSON may stand in an object
// more than once.
type Member struct {
	Key   string
	Span  Span // of the key, quotes included
	Value *Value
}

// Get follows keys into objects; nil where one is missing. Of several members with
// one key the last counts, as it does for those who read JSON.
func (v *Value) Get(keys ...string) *Value {
	for _, key := range keys {
		m := v.Member(key)
		if m == nil {
			return nil
		}
		v = m.Value
	}
	return v
}

// Member gives a member of an object, or nil.
func (v *Value) Member(key string) *Member {
	if v == nil {
		return nil
	}
	for i := len(v.Members) - 1; i >= 0; i-- {
		if v.Members[i].Key == key {
			return &v.Members[i]
		}
	}
	return nil
}

// Str gives a string as it reads, "" for any other value.
func (v *Value) Str() string {
	if v == nil || v.Kind != String {
		return ""
	}
	return v.Text
}

// True reports whether the value is the constant true.
func (v *Value) True() bool { return v != nil && v.Kind == Bool && v.Text == "true" }

// List gives the elements of an array.
func (v *Value) List() []*Value {
	if v == nil {
		return nil
	}
	return v.Elements
}

// Strings calls yield for each string of the value and of all that is in it.
func (v *Value) Strings(yield func(*Value)) {
	switch {
	case v == nil:
	case v.Kind == String:
		yield(v)
	default:
		for _, e := range v.Elements {
			e.Strings(yield)
		}
		for _, m := range v.Members {
			m.Value.Strings(yield)
		}
	}
}

// maxDataDepth bounds how deep the values of a document nest. It keeps every
// recursion over them short, whatever a stranger wrote.
const maxDataDepth = 200

var errTooDeep = fmt.Errorf("is nested more than %d levels deep, so nothing of it was checked", maxDataDepth)

// The kinds of node that the tree of a document has.
const (
	symbolDocument Symbol = iota + 1
	symbolComment
)

func dataGrammar(l Language) *Grammar {
	return &Grammar{
		Language: l, symbols: []string{"", "document", "comment"}, named: []bool{false, true, true}, fields: []string{""},
		byName: map[string][]Symbol{"document": {symbolDocument}, "comment": {symbolComment}},
	}
}

// readData fills in the tree of a document.
func (t *Tree) readData() {
	root := Node{End: uint32(t.Text.Len()), Symbol: symbolDocument, flags: flagNamed}
	var comments []Span
	if t.Language == JSON {
		t.Data, t.Fault = readJSON(t.Text.Bytes())
	} else {
		t.Data, comments, t.Fault = readTOML(t.Text.Bytes())
	}
	if t.Fault != nil {
		root.flags |= flagError | flagHasError
	}
	t.nodes = []Node{root}
	for _, c := range comments {
		t.nodes = append(t.nodes, Node{Start: c.Start, End: c.End, Next: NodeID(len(t.nodes) + 1), Symbol: symbolComment, flags: flagNamed | flagExtra})
	}
	t.nodes[0].Next = NodeID(len(t.nodes))
}

// Fault says why a document could not be read.
type Fault struct {
	Span   Span
	Reason string
}

func readJSON(text []byte) (*Value, *Fault) {
	// The standard library's check needs no recursion, and bounds how deep the
	// values nest that are read after it.
	if !json.Valid(text) {
		err := json.Unmarshal(text, new(json.RawMessage))
		at := len(text)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = int(syntax.Offset)
		}
		return nil, faultAt(max(0, at-1), len(text), "is not valid JSON, so nothing of it was checked")
	}
	parsed, err := hujson.Parse(text)
	if err != nil {
		return nil, faultAt(0, len(text), "is not valid JSON, so nothing of it was checked")
	}
	v, err := fromJSON(&parsed, 0)
	if err != nil {
		return nil, faultAt(0, len(text), err.Error())
	}
	return v, nil
}

func faultAt(at, length int, reason string) *Fault {
	at = min(at, length)
	return &Fault{Span{uint32(at), uint32(min(at+1, length))}, reason}
}

func fromJSON(from *hujson.Value, depth int) (*Value, error) {
	if depth > maxDataDepth {
		return nil, errTooDeep
	}
	v := &Value{Span: Span{uint32(from.StartOffset), uint32(from.EndOffset)}}
	switch x := from.Value.(type) {
	case hujson.Literal:
		v.Text = string(x)
		switch x.Kind() {
		case 't', 'f':
			v.Kind = Bool
		case '"':
			v.Kind, v.Text = String, x.String()
		case '0':
			v.Kind = Number
		}
	case *hujson.Array:
		v.Kind = Array
		for i := range x.Elements {
			e, err := fromJSON(&x.Elements[i], depth+1)
			if err != nil {
				return nil, err
			}
			v.Elements = append(v.Elements, e)
		}
	case *hujson.Object:
		v.Kind = Object
		for i := range x.Members {
			name, value := &x.Members[i].Name, &x.Members[i].Value
			e, err := fromJSON(value, depth+1)
			if err != nil {
				return nil, err
			}
			key, _ := name.Value.(hujson.Literal)
			v.Members = append(v.Members, Member{key.String(), Span{uint32(name.StartOffset), uint32(name.EndOffset)}, e})
		}
	}
	return v, nil
}

// tomlReader reads a document of TOML.
type tomlReader struct {
	unstable.Parser
	text     []byte
	comments []Span
	index    map[*Value]map[string]int // the members of the tables, by key
}

func readTOML(text []byte) (*Value, []Span, *Fault) {
	r := &tomlReader{text: text, index: map[*Value]map[string]int{}}
	r.KeepComments = true
	r.Reset(text)
	root := &Value{Kind: Object, Span: Span{0, uint32(len(text))}}
	current, depth := root, 0
	for r.NextExpression() {
		e := r.Expression()
		var err error
		switch e.Kind {
		case unstable.Comment:
			r.comment(e)
			continue
		case unstable.Table, unstable.ArrayTable:
			current, depth, err = r.table(root, e)
		case unstable.KeyValue:
			err = r.member(current, e, depth)
		}
		if err != nil {
			return nil, nil, faultAt(0, len(text), err.Error())
		}
		if after := e.Next(); after != nil && after.Kind == unstable.Comment {
			r.comment(after)
		}
	}
	if err := r.Error(); err != nil {
		at := 0
		var syntax *unstable.ParserError
		if errors.As(err, &syntax) && len(syntax.Highlight) > 0 {
			at = int(r.Range(syntax.Highlight).Offset)
		}
		return nil, nil, faultAt(at, len(text), "is not valid TOML, so nothing of it was checked")
	}
	return root, r.comments, nil
}

func (r *tomlReader) comment(n *unstable.Node) {
	r.comments = append(r.comments, span(n.Raw))
}

func span(r unstable.Range) Span { return Span{r.Offset, r.Offset + r.Length} }

// set gives a table a member. One that it has already is replaced; TOML does not
// allow it, and who reads the document will say so.
func (r *tomlReader) set(table *Value, m Member) {
	if r.index[table] == nil {
		r.index[table] = map[string]int{}
	}
	m.Key = strings.Clone(m.Key)
	if i, ok := r.index[table][m.Key]; ok {
		table.Members[i] = m
		return
	}
	r.index[table][m.Key] = len(table.Members)
	table.Members = append(table.Members, m)
}

// within gives the table that a key leads to in another, made where it is missing.
// Of an array of tables it is the last.
func (r *tomlReader) within(table *Value, key *unstable.Node) *Value {
	if i, ok := r.index[table][string(key.Data)]; ok {
		next := table.Members[i].Value
		if next.Kind == Array && len(next.Elements) > 0 {
			next = next.Elements[len(next.Elements)-1]
		}
		if next.Kind == Object {
			return next
		}
	}
	next := &Value{Kind: Object, Span: span(key.Raw)}
	r.set(table, Member{string(key.Data), span(key.Raw), next})
	return next
}

// table gives the table that a header opens, and how deep it lies.
func (r *tomlReader) table(root *Value, e *unstable.Node) (*Value, int, error) {
	table, depth := root, 0
	for it := e.Key(); it.Next() && it.Node().Kind == unstable.Key; {
		key := it.Node()
		if depth++; depth > maxDataDepth {
			return nil, 0, errTooDeep
		}
		last := it.IsLast() || key.Next().Kind != unstable.Key
		if !last || e.Kind == unstable.Table {
			table = r.within(table, key)
			continue
		}
		depth++
		next := &Value{Kind: Object, Span: span(key.Raw)}
		if i, ok := r.index[table][string(key.Data)]; ok && table.Members[i].Value.Kind == Array {
			list := table.Members[i].Value
			list.Elements = append(list.Elements, next)
		} else {
			r.set(table, Member{string(key.Data), span(key.Raw), &Value{Kind: Array, Span: span(key.Raw), Elements: []*Value{next}}})
		}
		table = next
	}
	return table, depth, nil
}

// member reads a key, perhaps with dots, and its value into a table.
func (r *tomlReader) member(table *Value, e *unstable.Node, depth int) error {
	var key *unstable.Node
	for it := e.Key(); it.Next() && it.Node().Kind == unstable.Key; {
		if key != nil {
			table = r.within(table, key)
		}
		key = it.Node()
		if depth++; depth > maxDataDepth {
			return errTooDeep
		}
	}
	v, err := r.value(e.Value(), r.valueSpan(e, key), depth)
	if err == nil {
		r.set(table, Member{string(key.Data), span(key.Raw), v})
	}
	return err
}

// valueSpan gives the place of the value behind the last part of a key.
func (r *tomlReader) valueSpan(e, key *unstable.Node) Span {
	whole := span(e.Raw)
	at := span(key.Raw).End
	for at < whole.End && strings.IndexByte(" \t=", r.text[at]) >= 0 {
		at++
	}
	end := whole.End
	for end > at && strings.IndexByte(" \t", r.text[end-1]) >= 0 {
		end--
	}
	return Span{at, end}
}

// value reads a value. around is its place as far as it is known from outside.
func (r *tomlReader) value(n *unstable.Node, around Span, depth int) (*Value, error) {
	if depth > maxDataDepth {
		return nil, errTooDeep
	}
	v := &Value{Span: around}
	switch n.Kind {
	case unstable.Array, unstable.InlineTable:
		v.Kind = Array
		if n.Kind == unstable.InlineTable {
			v.Kind = Object
		}
		for it := n.Children(); it.Next(); {
			child := it.Node()
			var err error
			switch child.Kind {
			case unstable.Comment:
				r.comment(child)
				for more := child.Children(); more.Next(); {
					r.comment(more.Node())
				}
			case unstable.KeyValue:
				err = r.member(v, child, depth+1)
			default:
				var e *Value
				e, err = r.value(child, around, depth+1)
				v.Elements = append(v.Elements, e)
			}
			if err != nil {
				return nil, err
			}
		}
		return v, nil
	case unstable.String:
		v.Kind = String
	case unstable.Bool:
		v.Kind = Bool
	case unstable.Integer, unstable.Float:
		v.Kind = Number
	default:
		v.Kind = Other
	}
	v.Text = string(n.Data)
	if n.Raw.Length > 0 {
		v.Span = span(n.Raw)
	}
	return v, nil
}
