// flatten.h declares the bulk walk of flatten.c. Its structs are mirrored by
// Node and reuse in tree.go.
#ifndef MCPAUDIT_FLATTEN_H
#define MCPAUDIT_FLATTEN_H
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

uint32_t mcpaudit_count(const void *tree);
int64_t mcpaudit_flatten(const void *tree, FlatNode *out, uint32_t cap, const FlatNode *old, uint32_t old_n,
                         Reuse *reuse, uint32_t reuse_cap, uint32_t *reuse_n);
#endif
