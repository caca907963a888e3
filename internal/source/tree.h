// tree.h declares what tree.c does with a syntax tree in one crossing of cgo.
// Its structs are mirrored by Node, reuse and Edit's input in Go.
#ifndef MCPAUDIT_TREE_H
#define MCPAUDIT_TREE_H
#include <stdint.h>

typedef struct {
  uint64_t id;
  uint32_t start, end, parent, next;
  uint16_t symbol;
  uint8_t field, flags;
} FlatNode;

typedef struct {
  uint32_t at, from, count;
} Reuse;

// One edit as tree-sitter takes it, with the bytes that it replaces.
typedef struct {
  uint32_t start_byte, old_end_byte, new_end_byte;
  uint32_t start_row, start_column, old_end_row, old_end_column, new_end_row, new_end_column;
} InputEdit;

// The part of a text that one or more edits replaced: bytes [start, old_end)
// became [start, old_end + delta), modulo 2^32.
typedef struct {
  uint32_t start, old_end, delta;
} Hull;

void *mcpaudit_parse(int language, void *old, const char *text, uint32_t length, uint64_t timeout_micros);
void mcpaudit_edit(void *tree, const InputEdit *edits, uint32_t count);
void mcpaudit_delete(void *tree);
uint32_t mcpaudit_count(const void *tree);
int64_t mcpaudit_flatten(const void *tree, FlatNode *out, uint32_t cap, const FlatNode *old, uint32_t old_n, Hull hull,
                         Reuse *reuse, uint32_t reuse_cap, uint32_t *reuse_n);
#endif
