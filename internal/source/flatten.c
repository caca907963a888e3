// flatten.c walks a syntax tree in one crossing of cgo.
//
// Walking node by node from Go costs as much again as the parse. This routine
// writes the whole tree into one array, in preorder, and copies from the array
// of the previous version what the edit did not touch: an unchanged subtree is
// the same object in both trees, so its address tells it apart.
#include "flatten.h"

#include <stdbool.h>
#include <stdlib.h>
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

// A subtree smaller than this is walked again rather than looked up.
enum { MIN_REUSE = 12 };

typedef struct {
  uint64_t id;
  uint32_t index;
} Slot;

uint32_t mcpaudit_count(const void *tree) {
  return ts_node_descendant_count(ts_tree_root_node(tree));
}

static Slot *index_old(const FlatNode *old, uint32_t n, uint32_t *mask) {
  uint32_t big = 0;
  for (uint32_t i = 0; i < n; i++) big += old[i].next - i >= MIN_REUSE;
  uint32_t cap = 16;
  while (cap < big * 2) cap *= 2;
  Slot *table = calloc(cap, sizeof(Slot));
  if (!table) return NULL;
  *mask = cap - 1;
  for (uint32_t i = 0; i < n; i++) {
    if (old[i].next - i < MIN_REUSE) continue;
    uint32_t h = (uint32_t)((old[i].id >> 4) * 0x9E3779B1u) & *mask;
    while (table[h].id) h = (h + 1) & *mask;
    table[h] = (Slot){old[i].id, i};
  }
  return table;
}

static int64_t find_old(const Slot *table, uint32_t mask, uint64_t id) {
  uint32_t h = (uint32_t)((id >> 4) * 0x9E3779B1u) & mask;
  for (; table[h].id; h = (h + 1) & mask)
    if (table[h].id == id) return table[h].index;
  return -1;
}

// copy_subtree copies old[from..old[from].next) to out[at..], moved to start.
static uint32_t copy_subtree(FlatNode *out, uint32_t at, const FlatNode *old, uint32_t from, uint32_t start) {
  uint32_t n = old[from].next - from, dt = start - old[from].start, di = at - from;
  for (uint32_t i = 0; i < n; i++) {
    FlatNode f = old[from + i];
    f.start += dt, f.end += dt, f.parent += di, f.next += di;
    out[at + i] = f;
  }
  return n;
}

int64_t mcpaudit_flatten(const void *tree, FlatNode *out, uint32_t cap, const FlatNode *old, uint32_t old_n,
                         Reuse *reuse, uint32_t reuse_cap, uint32_t *reuse_n) {
  uint32_t n = 0, parent = 0, mask = 0;
  Slot *table = old_n ? index_old(old, old_n, &mask) : NULL;
  TSTreeCursor c = ts_tree_cursor_new(ts_tree_root_node(tree));
  *reuse_n = 0;
  for (;;) {
    if (n >= cap) goto full;
    TSNode node = ts_tree_cursor_current_node(&c);
    FlatNode *f = &out[n];
    uint32_t at = n++;
    f->start = ts_node_start_byte(node);
    f->end = ts_node_end_byte(node);
    f->parent = parent;
    f->symbol = ts_node_symbol(node);
    f->field = (uint8_t)ts_tree_cursor_current_field_id(&c);
    f->flags = (ts_node_is_named(node) ? 1 : 0) | (ts_node_is_error(node) ? 2 : 0) | (ts_node_is_missing(node) ? 4 : 0) |
               (ts_node_is_extra(node) ? 8 : 0) | (ts_node_has_error(node) ? 16 : 0);
    f->id = (uint64_t)(uintptr_t)node.id;
    int64_t from = table ? find_old(table, mask, f->id) : -1;
    if (from >= 0 && old[from].symbol == f->symbol && old[from].end - old[from].start == f->end - f->start &&
        *reuse_n < reuse_cap) {
      uint32_t count = old[from].next - (uint32_t)from;
      if (at + count > cap) goto full;
      FlatNode head = *f;
      copy_subtree(out, at, old, (uint32_t)from, head.start);
      f->parent = head.parent, f->field = head.field, f->flags = head.flags;
      reuse[(*reuse_n)++] = (Reuse){at, (uint32_t)from, count};
      n = at + count;
    } else if (ts_tree_cursor_goto_first_child(&c)) {
      parent = at;
      continue;
    } else {
      f->next = n;
    }
    while (!ts_tree_cursor_goto_next_sibling(&c)) {
      if (!ts_tree_cursor_goto_parent(&c)) {
        out[0].next = n;
        ts_tree_cursor_delete(&c);
        free(table);
        return n;
      }
      out[parent].next = n;
      parent = out[parent].parent;
    }
  }
full:
  ts_tree_cursor_delete(&c);
  free(table);
  return -1;
}
