package source

// tree.go holds a syntax tree as one flat array that Go walks without cgo, and
// keeps it in step with edits.

/*
#cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-all
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup
#include "tree.h"
*/
import "C"

import (
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Field is the number of a field name within one grammar; 0 is no field.
type Field uint8

// NodeID is the place of a node in its tree, in preorder. The root is 0.
type NodeID uint32

// Node is one node of a flat tree. Its layout is that of FlatNode in tree.h.
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
//
// A text without a syntax error has one tree: Reparse gives the one that Parse
// gives. While an error stands, the parser's way of repair depends on what it can
// reuse, so that Reparse may come to another reading than Parse, rarely and near
// the error; such a tree is not Settled, and Settle gives the one of Parse.
type Tree struct {
	*Grammar
	Text *Text
	// Data is the value that a document of JSON or TOML holds, and Fault says why it
	// could not be read; one of them is nil. Both are nil for code.
	Data      *Value
	Fault     *Fault
	nodes     []Node
	reuse     []reuse
	kept      *kept
	sound     *kept // the last tree without an error, with the edits since; nil where kept has none
	settled   atomic.Bool
	abandoned bool
}

// kept is tree-sitter's own tree. One that nobody closes is freed with the Tree
// that holds it.
type kept struct {
	ptr     unsafe.Pointer
	cleanup runtime.Cleanup
}

func newKept(ptr unsafe.Pointer) *kept {
	k := &kept{ptr: ptr}
	k.cleanup = runtime.AddCleanup(k, func(ptr unsafe.Pointer) { C.mcpaudit_delete(ptr) }, ptr)
	return k
}

// close frees the tree; a nil one is none.
func (k *kept) close() {
	if k == nil {
		return
	}
	k.cleanup.Stop()
	C.mcpaudit_delete(k.ptr)
}

// Parse parses a whole text. With keep the parser's own tree is kept so that
// Reparse is incremental; the owner then calls Close in the end.
func Parse(l Language, text *Text, keep bool) *Tree {
	t := &Tree{Grammar: GrammarOf(l), Text: text}
	t.settled.Store(true)
	if l.Data() {
		t.readData()
		return t
	}
	t.parse(nil)
	t.flatten(nil, hull{})
	if !keep {
		t.Close()
	}
	return t
}

// Reparse parses the text that edits, in the order in which they were made, made
// of t's text. Only what the edits touched is parsed and walked again. It
// consumes t's parser tree: t can still be read, but not be reparsed
// incrementally a second time. The owner closes the tree it gets.
func (t *Tree) Reparse(edits []Edit, text *Text) *Tree {
	old, sound := t.kept, t.sound
	t.kept, t.sound = nil, nil
	if old == nil || len(edits) == 0 {
		old.close()
		sound.close()
		return Parse(t.Language, text, true)
	}
	inputs := make([]C.InputEdit, len(edits))
	for i, e := range edits {
		inputs[i] = e.input()
	}
	n := &Tree{Grammar: t.Grammar, Text: text}
	base := old
	if sound != nil {
		C.mcpaudit_edit(sound.ptr, &inputs[0], C.uint32_t(len(inputs)))
		if mends(edits) {
			base = sound
		}
	}
	if base == old {
		C.mcpaudit_edit(old.ptr, &inputs[0], C.uint32_t(len(inputs)))
	}
	n.parse(base)
	h := hullOf(edits)
	n.flatten(t.nodes, h)
	n.alignTail(t.nodes, h)
	whole := !n.nodes[0].HasError()
	n.settled.Store(whole)
	switch {
	case whole || n.abandoned:
		old.close()
		sound.close()
	case sound == nil && !t.nodes[0].HasError():
		n.sound = old
	default:
		n.sound = sound
		old.close()
	}
	return n
}

// mends reports whether edits of a text with a syntax error may remove the error.
// A parse that starts from the broken tree is cheap while the error stands, but
// finds little to reuse once it is gone; the last sound tree has all of it.
func mends(edits []Edit) bool {
	for _, e := range edits {
		if e.Span.Len() > 0 || strings.ContainsAny(e.New, "()[]{}<>\"'`:;=\n") {
			return true
		}
	}
	return false
}

// Settled reports whether the tree is the one that Parse makes of its text.
func (t *Tree) Settled() bool { return t.settled.Load() }

// Settle gives the tree that Parse makes of the text, at the cost of a whole
// parse: t itself where it is the same, otherwise a new one to which Prior
// relates t's nodes, and which replaces t for its owner, who closes both. An
// owner that settles when the typing pauses shows in the end what an audit of the
// file finds. It does not touch t's parser tree and may run beside Reparse.
func (t *Tree) Settle() *Tree {
	if t.Settled() {
		return t
	}
	n := Parse(t.Language, t.Text, true)
	if len(n.nodes) == len(t.nodes) && n.samePrefix(t.nodes) == len(t.nodes) {
		n.Close()
		t.settled.Store(true)
		return t
	}
	end := uint32(t.Text.Len())
	h := hull{end, end, 0}
	n.alignHead(t.nodes, h)
	n.alignTail(t.nodes, hull{})
	return n
}

// Abandoned reports that the text took far longer to parse than any code does, as
// texts can be made to. Its tree is a single error, and its findings are unknown.
func (t *Tree) Abandoned() bool { return t.abandoned }

// Close frees the parser's tree. The flat nodes stay readable.
func (t *Tree) Close() {
	t.kept.close()
	t.sound.close()
	t.kept, t.sound = nil, nil
}

// Release closes the tree and lets the next parse have its memory. Nothing of the
// tree may be used afterwards, by anyone: it is for a tree that was parsed, read
// and done with, as a file of a scan is.
func (t *Tree) Release() {
	t.Close()
	if nodes := t.nodes; cap(nodes) > 0 {
		// Who takes them out must not see t, which is written to here.
		t.nodes = nil
		spare.Put(&nodes)
	}
}

// spare holds the nodes of released trees. A scan would otherwise clear and
// collect as much memory as it reads, 32 bytes a node.
var spare sync.Pool

func nodesFor(n int) []Node {
	if s, ok := spare.Get().(*[]Node); ok && cap(*s) >= n {
		return (*s)[:n]
	}
	return make([]Node, n, n+n/4)
}

// Code takes about 0.2 µs a byte. Error recovery is quadratic on some texts.
const (
	parseTimePerByte = 5 * time.Microsecond
	parseTimeLeast   = 2 * time.Second
)

// parse sets t.kept to tree-sitter's tree of the text, or abandons it.
func (t *Tree) parse(old *kept) {
	b := t.Text.Bytes()
	var oldPtr unsafe.Pointer
	if old != nil {
		oldPtr = old.ptr
	}
	limit := max(parseTimeLeast, time.Duration(len(b))*parseTimePerByte)
	ptr := C.mcpaudit_parse(C.int(t.Language), oldPtr, (*C.char)(unsafe.Pointer(unsafe.SliceData(b))), C.uint32_t(len(b)), C.uint64_t(limit.Microseconds()))
	if ptr == nil {
		t.abandoned = true
		return
	}
	t.kept = newKept(ptr)
}

func (e Edit) input() C.InputEdit {
	return C.InputEdit{
		start_byte: C.uint32_t(e.start.byte), old_end_byte: C.uint32_t(e.oldEnd.byte), new_end_byte: C.uint32_t(e.newEnd.byte),
		start_row: C.uint32_t(e.start.row), start_column: C.uint32_t(e.start.column),
		old_end_row: C.uint32_t(e.oldEnd.row), old_end_column: C.uint32_t(e.oldEnd.column),
		new_end_row: C.uint32_t(e.newEnd.row), new_end_column: C.uint32_t(e.newEnd.column),
	}
}

// hull is the part of a text that edits replaced: [start, oldEnd) of the text
// before them became [start, oldEnd+delta) of the text after them, modulo 2³².
type hull struct{ start, oldEnd, delta uint32 }

func hullOf(edits []Edit) hull {
	h := hull{edits[0].Span.Start, edits[0].Span.Start, 0}
	for _, e := range edits {
		// The edit counts in the text that the edits before it made.
		end := max(h.oldEnd+h.delta, e.Span.End)
		h.start = min(h.start, e.Span.Start)
		h.oldEnd = end - h.delta
		h.delta += uint32(len(e.New)) - e.Span.Len()
	}
	return h
}

// maxReuse bounds the ranges of nodes that are told apart as unchanged. What is
// beyond them is copied all the same, but Prior does not know it.
const maxReuse = 1024

// flatten fills t.nodes from t.kept, copying from old what stands outside h.
func (t *Tree) flatten(old []Node, h hull) {
	if t.kept == nil {
		t.nodes = []Node{{End: uint32(t.Text.Len()), Next: 1, Symbol: SymbolError, flags: flagNamed | flagError | flagHasError}}
		return
	}
	n := int(C.mcpaudit_count(t.kept.ptr)) + 1
	var ranges [maxReuse]reuse
	for {
		t.nodes = nodesFor(n)
		var reused C.uint32_t
		got := C.mcpaudit_flatten(t.kept.ptr, (*C.FlatNode)(unsafe.Pointer(&t.nodes[0])), C.uint32_t(n),
			(*C.FlatNode)(unsafe.Pointer(unsafe.SliceData(old))), C.uint32_t(len(old)),
			C.Hull{C.uint32_t(h.start), C.uint32_t(h.oldEnd), C.uint32_t(h.delta)},
			(*C.Reuse)(unsafe.Pointer(&ranges[0])), maxReuse, &reused)
		if got >= 0 {
			t.nodes = t.nodes[:got]
			t.reuse = slices.Clone(ranges[:reused])
			return
		}
		n *= 2
	}
}

// same reports whether two nodes at the same place are alike but for identity.
func same(a, b *Node) bool {
	return a.Start == b.Start && a.End == b.End && a.Parent == b.Parent && a.Next == b.Next &&
		a.Symbol == b.Symbol && a.Field == b.Field && a.flags == b.flags
}

// samePrefix gives the number of first nodes that t and old have in common.
func (t *Tree) samePrefix(old []Node) int {
	n := min(len(t.nodes), len(old))
	for i := range n {
		if !same(&t.nodes[i], &old[i]) {
			return i
		}
	}
	return n
}

// alignHead finds the nodes before h that came out as they were.
func (t *Tree) alignHead(old []Node, h hull) {
	// The nodes that enclose a change differ in their ends alone.
	var odd []NodeID
	end := NodeID(min(len(t.nodes), len(old)))
	for i := range end {
		a, b := &t.nodes[i], &old[i]
		if a.Start != b.Start || a.Parent != b.Parent || a.Symbol != b.Symbol {
			end = i
			break
		}
		if !same(a, b) {
			odd = append(odd, i)
		}
	}
	for i := NodeID(0); i < end; {
		for len(odd) > 0 && odd[0] < i {
			odd = odd[1:]
		}
		node := &t.nodes[i]
		if node.Next > end || node.End > h.start || len(odd) > 0 && odd[0] < node.Next {
			i++
			continue
		}
		if last := len(t.reuse) - 1; last >= 0 && t.reuse[last].at+t.reuse[last].count == i {
			t.reuse[last].count += node.Next - i
		} else {
			t.reuse = append(t.reuse, reuse{i, i, node.Next - i})
		}
		i = node.Next
	}
}

// alignTail finds the last nodes, after h, that came out as they were though the
// parser made them anew, as it does where an error changed the state it is in.
func (t *Tree) alignTail(old []Node, h hull) {
	from := NodeID(0)
	oldFrom := NodeID(0)
	if n := len(t.reuse); n > 0 {
		last := t.reuse[n-1]
		from, oldFrom = last.at+last.count, last.from+last.count
	}
	n, o := NodeID(len(t.nodes)), NodeID(len(old))
	di, end := n-o, h.oldEnd+h.delta
	for n > from && o > oldFrom {
		a, b := &t.nodes[n-1], &old[o-1]
		if a.Start < end || a.Start != b.Start+h.delta || a.End != b.End+h.delta || a.Next != b.Next+di ||
			a.Symbol != b.Symbol || a.Field != b.Field || a.flags != b.flags {
			break
		}
		n, o = n-1, o-1
	}
	if count := NodeID(len(t.nodes)) - n; count > 0 {
		t.reuse = append(t.reuse, reuse{n, o, count})
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
