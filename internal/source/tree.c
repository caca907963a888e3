// tree.c parses, and walks a syntax tree in one crossing of cgo.
//
// Walking node by node from Go costs as much again as the parse. This file
// writes the whole tree into one array, in preorder, and copies from the array
// of the previous version what the edit did not touch. It stands on the public
// API of the tree-sitter runtime that the binding compiles, since the binding
// shows neither its tree nor the end point of an edit.
#include "tree.h"

#include <stdbool.h>
#include <string.h>

// The part of tree-sitter's public API (ABI 14) that is used here. The
// definitions are linked in by the binding.
typedef struct {
  uint32_t context[4];
  const void *id;
  const void *tree;
} TSNode;
typedef struct {
  const void *tree;
  const void *id;
  uint32_t context[3];
} TSTreeCursor;
void *ts_parser_new(void);
void ts_parser_delete(void *self);
bool ts_parser_set_language(void *self, const void *language);
void ts_parser_set_timeout_micros(void *self, uint64_t timeout_micros);
void *ts_parser_parse_string(void *self, const void *old_tree, const char *string, uint32_t length);
void ts_tree_edit(void *self, const InputEdit *edit);
void ts_tree_delete(void *self);
TSNode ts_tree_root_node(const void *tree);
TSTreeCursor ts_tree_cursor_new(TSNode node);
void ts_tree_cursor_delete(TSTreeCursor *self);
TSNode ts_tree_cursor_current_node(const TSTreeCursor *self);
uint16_t ts_tree_cursor_current_field_id(const TSTreeCursor *self);
bool ts_tree_cursor_goto_parent(TSTreeCursor *self);
bool ts_tree_cursor_goto_next_sibling(TSTreeCursor *self);
bool ts_tree_cursor_goto_first_child(TSTreeCursor *self);
uint32_t ts_node_descendant_count(TSNode self);
uint32_t ts_node_start_byte(TSNode self);
uint32_t ts_node_end_byte(TSNode self);
uint16_t ts_node_symbol(TSNode self);
bool ts_node_is_named(TSNode self);
bool ts_node_is_missing(TSNode self);
bool ts_node_is_extra(TSNode self);
bool ts_node_has_error(TSNode self);
bool ts_node_is_error(TSNode self);
const void *tree_sitter_python(void);
const void *tree_sitter_javascript(void);
const void *tree_sitter_typescript(void);
const void *tree_sitter_tsx(void);
const void *tree_sitter_go(void);

// The grammars in the order of Language in language.go.
static const void *(*const grammars[])(void) = {
    0, tree_sitter_python, tree_sitter_javascript, tree_sitter_typescript, tree_sitter_tsx, tree_sitter_go,
};

// mcpaudit_parse gives the tree of a text, or NULL when the timeout (0 is none)
// has passed. A parser that a timeout stopped carries on where it was, so each
// parse has its own; making one costs microseconds.
void *mcpaudit_parse(int language, void *old, const char *text, uint32_t length, uint64_t timeout_micros) {
  void *parser = ts_parser_new();
  ts_parser_set_language(parser, grammars[language]());
  ts_parser_set_timeout_micros(parser, timeout_micros);
  void *tree = ts_parser_parse_string(parser, old, text, length);
  ts_parser_delete(parser);
  return tree;
}

void mcpaudit_edit(void *tree, const InputEdit *edits, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) ts_tree_edit(tree, &edits[i]);
}

void mcpaudit_delete(void *tree) { ts_tree_delete(tree); }

uint32_t mcpaudit_count(const void *tree) { return ts_node_descendant_count(ts_tree_root_node(tree)); }

// identity tells a subtree apart. A node's id is the place in its parent that
// holds the subtree, so it changes with the parent; what stands there is the
// address of the subtree's data, which unchanged subtrees of two trees share, or,
// with the lowest bit set, a token's data itself, which is no identity and has no
// children: 0 is given. This is the one thing here that the public API does not
// promise: were it otherwise, TestParseIsTheBindings or
// TestReparseKeepsWhatIsUnchanged would fail.
static uint64_t identity(TSNode node) {
  uint64_t id = *(const uint64_t *)node.id;
  return id & 1 ? 0 : id;
}

// find_old gives the place in old of the subtree that stood at start and is the
// same object, or -1. In preorder starts never decrease.
static int64_t find_old(const FlatNode *old, uint32_t n, uint32_t start, uint64_t id) {
  uint32_t lo = 0, hi = n;
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (old[mid].start < start) lo = mid + 1;
    else hi = mid;
  }
  for (; lo < n && old[lo].start == start; lo++)
    if (old[lo].id == id) return lo;
  return -1;
}

// copy_range copies siblings and all below them, old[from..from+count), to
// out[at..], moved by dt bytes and below parent.
static void copy_range(FlatNode *out, const FlatNode *old, Reuse r, uint32_t parent, uint32_t dt) {
  uint32_t di = r.at - r.from;
  if (di == 0 && dt == 0 && old[r.from].parent == parent) {
    memcpy(out + r.at, old + r.from, r.count * sizeof(FlatNode));
    return;
  }
  for (uint32_t i = 0; i < r.count; i++) {
    FlatNode f = old[r.from + i];
    f.start += dt, f.end += dt, f.next += di;
    f.parent = f.parent < r.from ? parent : f.parent + di;
    out[r.at + i] = f;
  }
}

// A walk is the state of mcpaudit_flatten: the range of siblings that is to be
// copied next is kept open as long as it grows.
typedef struct {
  FlatNode *out;
  const FlatNode *old;
  uint32_t old_n;
  Hull hull;
  Reuse open;
  uint32_t open_parent, open_dt, expected;
  Reuse *reuse;
  uint32_t reuse_cap, reuse_n;
} Walk;

static void flush(Walk *w) {
  if (!w->open.count) return;
  copy_range(w->out, w->old, w->open, w->open_parent, w->open_dt);
  if (w->reuse_n < w->reuse_cap) w->reuse[w->reuse_n++] = w->open;
  w->open.count = 0;
}

// try_reuse gives the number of nodes that f, at place at, and all below it take
// if the edit left them as they were, and sees to their copy; otherwise 0.
static uint32_t try_reuse(Walk *w, const FlatNode *f, uint32_t at, uint32_t cap) {
  uint32_t dt;
  if (f->end <= w->hull.start) dt = 0;
  else if (f->start >= w->hull.old_end + w->hull.delta) dt = w->hull.delta;
  else return 0;
  int64_t from = w->expected;
  if (from >= w->old_n || w->old[from].id != f->id || w->old[from].start != f->start - dt)
    from = find_old(w->old, w->old_n, f->start - dt, f->id);
  if (from < 0) return 0;
  const FlatNode *o = &w->old[from];
  uint32_t count = o->next - (uint32_t)from;
  if (o->symbol != f->symbol || o->field != f->field || o->flags != f->flags || o->end != f->end - dt || count > cap - at) return 0;
  bool grows = w->open.count && w->open.at + w->open.count == at && w->open.from + w->open.count == from &&
               w->open_parent == f->parent && w->open_dt == dt && o->parent == w->old[w->open.from].parent;
  if (!grows) {
    flush(w);
    w->open = (Reuse){at, (uint32_t)from, 0};
    w->open_parent = f->parent, w->open_dt = dt;
  }
  w->open.count += count;
  w->expected = o->next;
  return count;
}

// mcpaudit_flatten writes the tree to out in preorder and gives the number of
// nodes, or -1 where cap is too small. With old, the array of the tree before the
// edits within hull, it says in reuse what was copied from there.
int64_t mcpaudit_flatten(const void *tree, FlatNode *out, uint32_t cap, const FlatNode *old, uint32_t old_n, Hull hull,
                         Reuse *reuse, uint32_t reuse_cap, uint32_t *reuse_n) {
  Walk w = {.out = out, .old = old, .old_n = old_n, .hull = hull, .reuse = reuse, .reuse_cap = reuse_cap};
  uint32_t n = 0, parent = 0;
  TSNode root = ts_tree_root_node(tree);
  // In most trees there is no error anywhere, and no node has to be asked for one.
  bool broken = ts_node_has_error(root);
  TSTreeCursor c = ts_tree_cursor_new(root);
  while (n < cap) {
    TSNode node = ts_tree_cursor_current_node(&c);
    FlatNode f = {
        .id = identity(node),
        .start = ts_node_start_byte(node),
        .end = ts_node_end_byte(node),
        .parent = parent,
        .symbol = ts_node_symbol(node),
        .field = (uint8_t)ts_tree_cursor_current_field_id(&c),
        .flags = (ts_node_is_named(node) ? 1 : 0) | (ts_node_is_extra(node) ? 8 : 0),
    };
    if (broken)
      f.flags |= (ts_node_is_error(node) ? 2 : 0) | (ts_node_is_missing(node) ? 4 : 0) | (ts_node_has_error(node) ? 16 : 0);
    uint32_t at = n, copied = f.id && old_n ? try_reuse(&w, &f, at, cap) : 0;
    if (copied) {
      n += copied;
    } else {
      flush(&w);
      out[at] = f;
      n++;
      if (f.id && ts_tree_cursor_goto_first_child(&c)) {
        parent = at;
        continue;
      }
      out[at].next = n;
    }
    while (!ts_tree_cursor_goto_next_sibling(&c)) {
      if (!ts_tree_cursor_goto_parent(&c)) {
        flush(&w);
        out[0].next = n;
        ts_tree_cursor_delete(&c);
        *reuse_n = w.reuse_n;
        return n;
      }
      out[parent].next = n;
      parent = out[parent].parent;
    }
  }
  ts_tree_cursor_delete(&c);
  return -1;
}
