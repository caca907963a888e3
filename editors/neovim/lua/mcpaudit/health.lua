-- Serves :checkhealth mcpaudit.
local M = {}

-- The names of the functions changed in Neovim 0.10.
local report = vim.health or {}
local start = report.start or report.report_start or require('health').report_start
local ok = report.ok or report.report_ok or require('health').report_ok
local warn = report.warn or report.report_warn or require('health').report_warn
local err = report.error or report.report_error or require('health').report_error

function M.check()
  start('mcpaudit')
  if vim.fn.has('nvim-0.7') == 0 then
    err('Neovim 0.7 or newer is needed')
  end
  local client
  for _, one in pairs((vim.lsp.get_clients or vim.lsp.get_active_clients)()) do
    client = one.name == 'mcpaudit' and one or client
  end
  local cmd = client and client.config.cmd[1] or 'mcpaudit'
  if vim.fn.executable(cmd) == 0 then
    err(cmd .. ' is not on the PATH: go install ./cmd/mcpaudit, or name it with setup({ cmd = { ... } })')
    return
  end
  ok(vim.trim(vim.fn.system({ cmd, 'version' })))
  if client then
    ok('the server runs, in ' .. tostring(client.config.root_dir))
  else
    warn('no server runs: call setup(), or vim.lsp.enable("mcpaudit") in Neovim 0.11, and open a file of an MCP server')
  end
end

return M
