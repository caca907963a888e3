-- Starts the server by lsp/mcpaudit.lua alone, as vim.lsp.enable() reads it in Neovim 0.11
-- and newer, and by nothing of the plugin. Run by neovim_test.go.
vim.opt.runtimepath:append(os.getenv('MCPAUDIT_PLUGIN'))
vim.cmd('filetype on')
vim.lsp.config('mcpaudit', { cmd = { os.getenv('MCPAUDIT_BIN'), 'serve' } })
vim.lsp.enable('mcpaudit')

vim.api.nvim_create_autocmd('VimEnter', {
  callback = function()
    vim.schedule(function()
      local found = vim.wait(20000, function()
        return #vim.diagnostic.get(0) > 5
      end, 20)
      local client = vim.lsp.get_clients({ bufnr = 0, name = 'mcpaudit' })[1]
      if not found or not client or client.root_dir ~= vim.uv.cwd() then
        io.stdout:write('FAIL ' .. vim.inspect({ found = found, client = client and client.root_dir, here = vim.uv.cwd() }))
        vim.cmd('cquit 1')
      end
      io.stdout:write('ok [findings] by vim.lsp.enable()\n')
      vim.cmd('qall!')
    end)
  end,
})
