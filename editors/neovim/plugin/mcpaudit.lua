-- Defines the commands for what LSP has no place for. They do nothing until they are
-- called, and load the plugin then.
if vim.g.loaded_mcpaudit then
  return
end
vim.g.loaded_mcpaudit = true

local function command(name, does, desc)
  vim.api.nvim_create_user_command(name, function()
    require('mcpaudit')[does]()
  end, { desc = desc })
end

-- Of several findings in a line Neovim shows the last one unless it is told to sort them.
local sorted = {}
vim.api.nvim_create_autocmd('DiagnosticChanged', {
  group = vim.api.nvim_create_augroup('mcpaudit-sort', { clear = true }),
  callback = function()
    for id, namespace in pairs(vim.diagnostic.get_namespaces()) do
      if not sorted[id] and namespace.name:find('^n?vim%.lsp%.mcpaudit') then
        sorted[id] = true
        vim.diagnostic.config({ severity_sort = true }, id)
      end
    end
  end,
})

command('McpauditLesson', 'lesson', 'Explain the finding in this line')
command('McpauditAnswer', 'answer', 'Answer the next question about the tool in this line')
command('McpauditFindings', 'findings', 'List the findings in the quickfix window')
command('McpauditFixAll', 'fix_all', 'Apply all fixes of this file that are safe')
command('McpauditModel', 'model', 'Show the threat model of this server')
command('McpauditAccept', 'accept', 'Draft an accepted risk for the finding in this line')
