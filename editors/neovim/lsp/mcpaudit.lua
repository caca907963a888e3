-- The configuration for Neovim 0.11 and newer: vim.lsp.enable('mcpaudit') is all it takes
-- with this folder on the runtime path.
return {
  cmd = { 'mcpaudit', 'serve' },
  filetypes = { 'python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'go', 'json', 'toml', 'yaml' },
  -- Neovim keeps these in user_data, where the plugin reads them.
  capabilities = { textDocument = { publishDiagnostics = { dataSupport = true, codeDescriptionSupport = true } } },
  root_markers = { '.mcpaudit.yaml', '.mcpaudit', '.git', 'package.json', 'pyproject.toml', 'go.mod' },
}
