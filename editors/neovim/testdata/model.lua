-- model.lua drives a real Neovim through one question of the threat model: a hover
-- asks, a code action answers, the factor and the scores change, the file shows it, an
-- edit makes the answer stale, and it is asked again. Run by neovim_test.go with
--   nvim --headless -u model.lua --noplugin -n server.py

local common = dofile(os.getenv('MCPAUDIT_PLUGIN') .. '/testdata/common.lua')
local check, wait, request = common.check, common.wait, common.request

-- line_of gives the number, from 1, of the line that holds some words.
local function line_of(words)
  for i, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, true)) do
    if line:find(words, 1, true) then
      return i
    end
  end
  error('no line with ' .. words, 0)
end

local function hover(words, column)
  vim.api.nvim_win_set_cursor(0, { line_of(words), column })
  local answer = request('textDocument/hover', vim.lsp.util.make_position_params(0, 'utf-16'))
  return answer and answer.contents.value or ''
end

-- finding gives the hover over the finding of the tool.
local function finding()
  local line = vim.api.nvim_buf_get_lines(0, line_of('client.get(url') - 1, line_of('client.get(url'), true)[1]
  return hover('client.get(url', line:find('client.get', 1, true) - 1)
end

local function answers()
  vim.api.nvim_win_set_cursor(0, { line_of('def import_page'), 0 })
  local params = vim.lsp.util.make_range_params(0, 'utf-16')
  params.context = { diagnostics = {} }
  return vim.tbl_filter(function(a)
    return a.kind == 'mcpaudit.threatModel'
  end, request('textDocument/codeAction', params))
end

local function book()
  local name = vim.fn.getcwd() .. '/.mcpaudit/threat-model.yaml'
  return vim.fn.filereadable(name) == 1 and table.concat(vim.fn.readfile(name), '\n') or ''
end

local function lens(words)
  for _, l in ipairs(request('textDocument/codeLens', { textDocument = vim.lsp.util.make_text_document_params(0) }) or {}) do
    if l.range.start.line == line_of('def import_page') - 1 and l.command.title:find(words, 1, true) then
      return l
    end
  end
end

local function drive()
  wait('diagnostics', function()
    return #vim.diagnostic.get(0) > 0
  end)
  local card = hover('def import_page', 6)
  for _, part in ipairs({ 'tool import_page', 'makes network requests', 'any text', 'questions answered', 'What lies in the files that import_page opens?' }) do
    check(card:find(part, 1, true), 'the card says: ' .. part)
  end
  check(lens('asks: What lies in the files'), 'a lens asks')
  local before = finding()
  check(before:find('| autonomy | 0.5 | default', 1, true), 'autonomy is a default')

  local last
  for _ = 1, 30 do
    local offered = answers()
    if #offered == 0 then
      break
    end
    local pick = offered[1]
    for _, a in ipairs(offered) do
      if a.title:find('→ Yes, a person reads and confirms every call', 1, true) then
        pick = a
      end
    end
    last = request('workspace/executeCommand', pick.command)
    if last.question == 'who-confirms' then
      break
    end
  end
  check(last.question == 'who-confirms' and last.answer == 'every-call', 'the question of confirmation is answered')
  local after = finding()
  check(after:find('| autonomy | 0.0 | answer', 1, true), 'autonomy is what was answered')
  for _, deployment in ipairs({ 'local', 'remote', 'enterprise' }) do
    local row = '| ' .. deployment .. '[^\n]*'
    check(before:match(row) and after:match(row) and before:match(row) ~= after:match(row), deployment .. ': ' .. tostring(after:match(row)))
  end
  check(book():find('question: who%-confirms\n    tool: import_page\n    file: server.py\n    answer: every%-call'), 'the file shows it')

  local at = line_of('timeout=20')
  local text = vim.api.nvim_buf_get_lines(0, at - 1, at, true)[1]
  vim.api.nvim_buf_set_lines(0, at - 1, at, true, { (text:gsub('timeout=20', 'timeout=21')) })
  wait('the edit makes the answer stale', function()
    return finding():find('| autonomy | 0.5 | default', 1, true) ~= nil
  end)
  check(lens('asks again, the code has changed: '), 'a lens asks again')
  check(hover('def import_page', 6):find('The code has changed since', 1, true), 'the hover asks again')
  check(book():find('answer: every-call', 1, true), 'nothing is lost')
end

require('mcpaudit').setup({ cmd = { os.getenv('MCPAUDIT_BIN'), 'serve' } })

common.run(drive)
