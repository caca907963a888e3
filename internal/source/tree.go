package source

// tree.go holds a syntax tree as one flat array that Go walks without cgo, and
// keeps it in step with edits.

/*
#cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-all
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup
#include "flatten.h"
*/
import "C"

import (
	"context"
	"reflect"
	"sort"
	"unsafe"

	sitter "github.com/smacker/go-tree-sitter"
)

// Field is the number of a field name within one grammar; 0 is no field.
type Field uint8

// NodeID is the place of a node in its tree, in preorder. The root is 0.
type NodeID uint32

// Node is one node of a flat tree. Its layout is that of FlatNode in flatten.h.
type Node struct {
	id         uint64 // the address of the subtree in tree-sitter, the identity that survives edits
	Start, End uint32 // bytes
	Parent     NodeID // the root is its own parent
	Next       NodeID // one past the last descendant
	Symbol     Symbol
	Field      Field // the field of the parent that holds this node
	flags      uint8
}

const (
	flagNamed = 1 << iota
	flagError
	flagMissing
	flagExtra
	flagHasError
)

// Named reports whether the node is named in the grammar, not a mere token.
func (n *Node) Named() bool { return n.flags&flagNamed != 0 }

// Error reports whether the node is text that the grammar could not place.
func (n *Node) Error() bool { return n.flags&flagError != 0 }

// Missing reports whether the parser inserted the node to repair the text.
func (n *Node) Missing() bool { return n.flags&flagMissing != 0 }

// Extra reports whether the node may stand anywhere, as a comment does.
func (n *Node) Extra() bool { return n.flags&flagExtra != 0 }

// HasError reports whether the node holds a syntax error.
func (n *Node) HasError() bool { return n.flags&flagHasError != 0 }

// reuse says that nodes [at, at+count) stood in the previous version at from.
type reuse struct{ at, from, count NodeID }

// Tree is the syntax tree of one version of a file. It is immutable and may be
// read by any number of goroutines; only Reparse and Close, which consume the
// parser's own tree behind it, belong to the one owner.
type Tree struct {
	*Grammar
	Text  *Text
	nodes []Node
	reuse []reuse
	kept  *sitter.Tree
}

// Parse parses a whole text. With keep the parser's own tree is kept so that
// Reparse is incremental; the owner then calls Close in the end.
func Parse(l Language, text *Text, keep bool) *Tree {
	return parse(GrammarOf(l), text, nil, nil, keep)
}

// Reparse parses the text that edits made of t's text. Only what the edits
// touched is parsed and walked again. It consumes t's parser tree: t can still
// be read, but not be reparsed incrementally a second time.
func (t *Tree) Reparse(edits []Edit, text *Text) *Tree {
	old := t.kept
	t.kept = nil
	if old == nil {
		return parse(t.Grammar, text, nil, nil, true)
	}
	for _, e := range edits {
		old.Edit(e.input())
	}
	n := parse(t.Grammar, text, old, t.nodes, true)
	old.Close()
	return n
}

// Close frees the parser's tree. The flat nodes stay readable.
func (t *Tree) Close() {
	if t.kept != nil {
		t.kept.Close()
		t.kept = nil
	}
}

func parse(g *Grammar, text *Text, old *sitter.Tree, oldNodes []Node, keep bool) *Tree {
	// A fresh parser each time: one that is reused after a cancelled context
	// fails for good, and making one costs 1.6 µs.
	p := sitter.NewParser()
	defer p.Close()
	p.SetLanguage(g.sitter)
	t := &Tree{Grammar: g, Text: text}
	ts, err := p.ParseCtx(context.Background(), old, text.Bytes())
	if err != nil {
		// Only a missing language or a limit can fail, and neither is set.
		panic("source: " + g.Language.String() + ": " + err.Error())
	}
	t.flatten(ts, oldNodes)
	if keep {
		t.kept = ts
	} else {
		ts.Close()
	}
	return t
}

// treePointer takes the TSTree out of the binding, which does not export it.
func treePointer(ts *sitter.Tree) unsafe.Pointer {
	return reflect.ValueOf(ts.BaseTree).Elem().FieldByName("c").UnsafePointer()
}

func (t *Tree) flatten(ts *sitter.Tree, old []Node) {
	ptr := treePointer(ts)
	n := int(C.mcpaudit_count(ptr)) + 1
	var oldPtr *C.FlatNode
	ranges := make([]reuse, 1)
	if len(old) > 0 {
		oldPtr = (*C.FlatNode)(unsafe.Pointer(&old[0]))
		ranges = make([]reuse, 4096)
	}
	for {
		t.nodes = make([]Node, n)
		var reused C.uint32_t
		got := C.mcpaudit_flatten(ptr, (*C.FlatNode)(unsafe.Pointer(&t.nodes[0])), C.uint32_t(n), oldPtr, C.uint32_t(len(old)),
			(*C.Reuse)(unsafe.Pointer(&ranges[0])), C.uint32_t(len(ranges)), &reused)
		if got >= 0 {
			t.nodes = t.nodes[:got]
			t.reuse = append([]reuse(nil), ranges[:reused]...)
			return
		}
		n *= 2
	}
}

// Len gives the number of nodes.
func (t *Tree) Len() int { return len(t.nodes) }

// Node gives a node. The pointer is into the tree: do not write through it.
func (t *Tree) Node(n NodeID) *Node { return &t.nodes[n] }

// Nodes gives all nodes in preorder. Do not write to it.
func (t *Tree) Nodes() []Node { return t.nodes }

// Kind gives the name of a node's kind.
func (t *Tree) Kind(n NodeID) string { return t.SymbolName(t.nodes[n].Symbol) }

// Span gives the bytes that a node covers.
func (t *Tree) Span(n NodeID) Span { return Span{t.nodes[n].Start, t.nodes[n].End} }

// TextOf gives the text of a node, without a copy.
func (t *Tree) TextOf(n NodeID) string { return t.Text.s[t.nodes[n].Start:t.nodes[n].End] }

// Child gives the first child of n that stands in field f.
func (t *Tree) Child(n NodeID, f Field) (NodeID, bool) {
	if f != 0 {
		for c := n + 1; c < t.nodes[n].Next; c = t.nodes[c].Next {
			if t.nodes[c].Field == f {
				return c, true
			}
		}
	}
	return 0, false
}

// Children calls yield for each child of n, tokens included.
func (t *Tree) Children(n NodeID) func(yield func(NodeID) bool) {
	return func(yield func(NodeID) bool) {
		for c := n + 1; c < t.nodes[n].Next; c = t.nodes[c].Next {
			if !yield(c) {
				return
			}
		}
	}
}

// NamedChildren calls yield for each named child of n that is not a comment or
// another extra.
func (t *Tree) NamedChildren(n NodeID) func(yield func(NodeID) bool) {
	return func(yield func(NodeID) bool) {
		for c := n + 1; c < t.nodes[n].Next; c = t.nodes[c].Next {
			if t.nodes[c].flags&(flagNamed|flagExtra) == flagNamed && !yield(c) {
				return
			}
		}
	}
}

// Prior gives the place that n had in the tree this one was reparsed from, if
// the edits left n untouched: the same text and the same nodes below it.
func (t *Tree) Prior(n NodeID) (NodeID, bool) {
	i := sort.Search(len(t.reuse), func(i int) bool { return t.reuse[i].at+t.reuse[i].count > n })
	if i < len(t.reuse) && t.reuse[i].at <= n {
		return n - t.reuse[i].at + t.reuse[i].from, true
	}
	return 0, false
}

// At gives the smallest named node that covers the span.
func (t *Tree) At(s Span) NodeID {
	var best NodeID
	for n := NodeID(0); int(n) < len(t.nodes); {
		node := &t.nodes[n]
		switch {
		case node.Start > s.Start:
			return best
		case node.End < s.End:
			n = node.Next
		default:
			if node.Named() {
				best = n
			}
			n++
		}
	}
	return best
}
