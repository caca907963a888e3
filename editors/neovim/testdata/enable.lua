-- Starts the server by lsp/mcpaudit.lua alone, as vim.lsp.enable() reads it in Neovim 0.11
-- and newer, and by nothing of the plugin. Run by neovim_test.go.
local common = dofile(os.getenv('MCPAUDIT_PLUGIN') .. '/testdata/common.lua')
vim.lsp.config('mcpaudit', { cmd = { os.getenv('MCPAUDIT_BIN'), 'serve' } })
vim.lsp.enable('mcpaudit')

common.run(function()
  common.wait('[findings] by vim.lsp.enable()', function()
    return #vim.diagnostic.get(0) > 5
  end)
  local client = vim.lsp.get_clients({ bufnr = 0, name = 'mcpaudit' })[1]
  common.check(client and client.root_dir == vim.uv.cwd(), 'the folder of the server is ' .. vim.inspect(client and client.root_dir))
end)
