---@brief
---
--- https://github.com/mcpaudit/mcpaudit
---
--- Audits the source of MCP (Model Context Protocol) servers in Python, TypeScript, JavaScript and Go.
---
--- `mcpaudit` is a Go program: `go install ./cmd/mcpaudit` in a clone of its repository.

---@type vim.lsp.Config
return {
  cmd = { 'mcpaudit', 'serve' },
  filetypes = { 'python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'go', 'json', 'toml', 'yaml' },
  root_markers = { '.mcpaudit.yaml', '.mcpaudit', '.git', 'package.json', 'pyproject.toml', 'go.mod' },
}
