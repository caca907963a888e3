-- e2e.lua drives a real Neovim through the life of a finding: open, diagnostics,
-- hover, symbols, lenses, fix, clear. Run by neovim_test.go with
--   nvim --headless -u e2e.lua --noplugin -n server.py

local common = dofile(os.getenv('MCPAUDIT_PLUGIN') .. '/testdata/common.lua')
local check, wait, request = common.check, common.wait, common.request

-- at gives the diagnostics of a check.
local function at(code)
  return vim.tbl_filter(function(d)
    return d.code == code
  end, vim.diagnostic.get(0))
end

local function drive()
  wait('diagnostics', function()
    return #at('tls-verification-disabled') == 1
  end)
  -- Each planted flaw is marked by "finding: check-id" at the end of its line.
  local planted = 0
  for i, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, true)) do
    local code = line:match('# finding: ([%w-]+)$')
    if code then
      planted = planted + 1
      local found = at(code)
      check(#found == 1 and found[1].lnum == i - 1 and found[1].source == 'mcpaudit', code .. ' at line ' .. i)
    end
  end
  -- Hygiene, which has no score, is not planted: it may stand beside.
  local scored = vim.tbl_filter(function(d) return d.message:find('AIVSS', 1, true) ~= nil end, vim.diagnostic.get(0))
  check(planted > 0 and #scored == planted, 'nothing else')
  local d = at('tls-verification-disabled')[1]
  check(d.severity == vim.diagnostic.severity.ERROR, 'a high score is an error')
  check(d.user_data.lsp.codeDescription.href:find('295'), 'codeDescription')

  vim.api.nvim_win_set_cursor(0, { d.lnum + 1, d.col + 1 })
  local text = request('textDocument/hover', vim.lsp.util.make_position_params(0, 'utf-16')).contents.value
  for _, part in ipairs({ 'AIVSS', 'Attack', 'Ask yourself', 'CWE%-295', 'CVSS' }) do
    check(text:find(part), '[hover] it says ' .. part)
  end

  local document = { textDocument = vim.lsp.util.make_text_document_params(0) }
  check(#request('textDocument/documentSymbol', document) >= 6, 'a symbol per tool')
  check(request('textDocument/codeLens', document)[1].command.title:find('tool: '), '[lens] a lens per tool')

  local params = vim.lsp.util.make_range_params(0, 'utf-16')
  params.context = { diagnostics = {} }
  local fix
  for _, action in ipairs(request('textDocument/codeAction', params)) do
    if action.title == 'Verify certificates' then
      fix = action
    end
  end
  check(fix, 'a fix is offered')
  if not fix.edit then
    fix = request('codeAction/resolve', fix)
  end
  vim.lsp.util.apply_workspace_edit(fix.edit, 'utf-16')
  check(vim.api.nvim_buf_get_lines(0, d.lnum, d.lnum + 1, true)[1]:find('verify=True'), 'the fix is applied')
  wait('[fix] the finding is gone', function()
    return #at('tls-verification-disabled') == 0
  end)
  vim.cmd('silent undo')
  wait('undo brings it back', function()
    return #at('tls-verification-disabled') == 1
  end)

  vim.lsp.stop_client(vim.lsp.get_active_clients())
  wait('the server has left', function()
    return #vim.lsp.get_active_clients() == 0
  end)
end

require('mcpaudit').setup({ cmd = { os.getenv('MCPAUDIT_BIN'), 'serve' } })

common.run(drive)
