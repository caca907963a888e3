-- mcpaudit.lua starts the language server for the files it audits, in Neovim 0.7
-- and newer, and serves what LSP has no place for: the lesson of a finding, the questions
-- of the threat model, its document, a list of findings.
--
--   require('mcpaudit').setup()
--   require('mcpaudit').setup({ cmd = { '/opt/mcpaudit', 'serve' }, settings = { minConfidence = 'medium' } })

local M = {}

local defaults = {
  cmd = { 'mcpaudit', 'serve' },
  filetypes = { 'python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'go', 'json', 'toml', 'yaml' },
  -- The nearest folder upwards that holds one of these is the workspace.
  root = { '.mcpaudit.yaml', '.git', 'package.json', 'pyproject.toml', 'go.mod' },
  settings = {}, -- as in .mcpaudit.yaml
  list = 'quickfix', -- where :McpauditFindings lists: also 'trouble' or 'telescope', if they are there
  fix_on_save = false, -- true applies all fixes that are safe before a file is written
  untrusted = false, -- true ignores what the workspace says about its own audit
  on_attach = nil,
}

local lists = {
  quickfix = function()
    vim.cmd('copen')
  end,
  trouble = function()
    require('trouble').open('quickfix')
  end,
  telescope = function()
    require('telescope.builtin').quickfix()
  end,
}
local list = defaults.list

local clients = {} -- by workspace folder, in 0.7

-- ask calls a client's method, 'request' or 'request_sync', as its version wants it.
local function ask(client, method, ...)
  if vim.fn.has('nvim-0.11') == 1 then
    return client[method](client, ...)
  end
  return client[method](...)
end

local function root_of(file, markers)
  local dir = vim.fn.fnamemodify(file, ':p:h')
  local at = dir
  while true do
    for _, marker in ipairs(markers) do
      if vim.loop.fs_stat(at .. '/' .. marker) then
        return at
      end
    end
    local up = vim.fn.fnamemodify(at, ':h')
    if up == at then
      return dir
    end
    at = up
  end
end

-- explain asks for the lesson of a check and shows it beside the cursor.
local function explain(command, ctx)
  local client = vim.lsp.get_client_by_id(ctx.client_id)
  local params = { command = command.command, arguments = command.arguments }
  ask(client, 'request', 'workspace/executeCommand', params, function(err, lesson)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
    elseif lesson and not lesson.uri then
      vim.lsp.util.open_floating_preview(vim.split(lesson.markdown, '\n'), 'markdown', { focus_id = 'mcpaudit', max_width = 100 })
    end
  end, ctx.bufnr)
end

-- capabilities are those of Neovim, which keeps what servers add to a diagnostic in its
-- user_data, also where it does not say so; this plugin reads it there.
local function capabilities()
  local all = vim.lsp.protocol.make_client_capabilities()
  local diagnostics = all.textDocument.publishDiagnostics
  diagnostics.dataSupport, diagnostics.codeDescriptionSupport = true, true
  return all
end

local function attach(options, buf)
  local file = vim.api.nvim_buf_get_name(buf)
  if file == '' or vim.bo[buf].buftype ~= '' then
    return
  end
  local root = root_of(file, options.root)
  local config = {
    name = 'mcpaudit',
    cmd = options.cmd,
    root_dir = root,
    capabilities = capabilities(),
    workspace_folders = { { uri = vim.uri_from_fname(root), name = vim.fn.fnamemodify(root, ':t') } },
    init_options = vim.tbl_extend('force', { untrusted = options.untrusted }, options.settings),
    settings = { mcpaudit = options.settings },
    commands = { ['mcpaudit.explain'] = explain },
    on_attach = options.on_attach,
  }
  if vim.lsp.start then -- 0.8 and newer, which knows itself what runs where
    vim.lsp.start(config, { bufnr = buf })
    return
  end
  if not clients[root] then
    config.on_exit = function()
      clients[root] = nil
    end
    clients[root] = vim.lsp.start_client(config)
  end
  if clients[root] then
    vim.lsp.buf_attach_client(buf, clients[root])
  end
end

function M.setup(options)
  options = vim.tbl_deep_extend('force', defaults, options or {})
  if not lists[options.list] then
    error("mcpaudit: list is 'quickfix', 'trouble' or 'telescope', not " .. vim.inspect(options.list))
  end
  list = options.list
  local group = vim.api.nvim_create_augroup('mcpaudit', { clear = true })
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = options.filetypes,
    callback = function(event)
      attach(options, event.buf)
    end,
  })
  if options.fix_on_save then
    vim.api.nvim_create_autocmd('BufWritePre', {
      group = group,
      callback = function(event)
        M.fix_all(event.buf)
      end,
    })
  end
end

-- client gives the server's client of a buffer, nil without one. It is found by its name,
-- so that it does not matter who has started it.
function M.client(buf)
  local get = vim.lsp.get_clients or function()
    return vim.tbl_values(vim.lsp.buf_get_clients(buf))
  end
  for _, client in ipairs(get({ bufnr = buf })) do
    if client.name == 'mcpaudit' then
      return client
    end
  end
end

-- call executes a command of the server, and does something with its answer.
local function call(command, arguments, does)
  local buf = vim.api.nvim_get_current_buf()
  local client = M.client(buf)
  if not client then
    vim.notify('mcpaudit does not run for this file: see :checkhealth mcpaudit', vim.log.levels.WARN)
    return
  end
  ask(client, 'request', 'workspace/executeCommand', { command = command, arguments = arguments }, function(err, answer)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
    elseif answer then
      does(answer)
    end
  end, buf)
end

-- here gives the worst finding of this line, those that the cursor stands in before others.
local function here()
  local at = vim.api.nvim_win_get_cursor(0)
  local best, rank
  for _, d in ipairs(vim.diagnostic.get(0, { lnum = at[1] - 1 })) do
    local lsp = d.user_data and d.user_data.lsp
    if d.source == 'mcpaudit' and lsp and lsp.data then
      local within = d.col <= at[2] and (d.end_lnum > d.lnum or at[2] <= d.end_col)
      local r = d.severity + (within and 0 or 10)
      if not best or r < rank then
        best, rank = { check = d.code or lsp.code, fingerprint = lsp.data.fingerprint }, r
      end
    end
  end
  if not best then
    vim.notify('mcpaudit has found nothing in this line', vim.log.levels.INFO)
  end
  return best
end

-- show opens Markdown in a split of its own.
local function show(name, markdown)
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(markdown, '\n'))
  vim.cmd('botright split')
  vim.api.nvim_win_set_buf(0, buf)
  pcall(vim.api.nvim_buf_set_name, buf, 'mcpaudit://' .. name .. '/' .. buf)
  vim.bo[buf].bufhidden, vim.bo[buf].modifiable, vim.bo[buf].filetype = 'wipe', false, 'markdown'
  return buf
end

local function uri()
  return vim.uri_from_bufnr(0)
end

-- lesson explains the finding in this line with the code's own names.
function M.lesson()
  local found = here()
  if found then
    call('mcpaudit.explain', { found.check, uri(), found.fingerprint, 'split' }, function(answer)
      show(found.check, answer.markdown)
    end)
  end
end

-- answer asks the next question about what is registered in this line.
function M.answer()
  local buf, client = vim.api.nvim_get_current_buf(), M.client(vim.api.nvim_get_current_buf())
  if not client then
    return call('', {}, function() end) -- which says why
  end
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local params = {
    textDocument = { uri = uri() },
    range = { start = { line = line, character = 0 }, ['end'] = { line = line, character = 0 } },
    context = { diagnostics = {}, only = { 'mcpaudit.threatModel' } },
  }
  ask(client, 'request', 'textDocument/codeAction', params, function(err, actions)
    local answers = vim.tbl_filter(function(action)
      return type(action.command) == 'table' and action.command.command == 'mcpaudit.answer'
    end, actions or {})
    if err or #answers == 0 then
      vim.notify(err and err.message or 'there is no question about this line: put the cursor on a tool', vim.log.levels.INFO)
      return
    end
    local question = answers[1].title:match('^(.-) → ')
    vim.ui.select(answers, {
      prompt = question,
      format_item = function(action)
        return action.title:match(' → (.*)$')
      end,
    }, function(chosen)
      if chosen then
        call('mcpaudit.answer', chosen.command.arguments, function(kept)
          vim.notify(kept.message)
        end)
      end
    end)
  end, buf)
end

-- findings lists what was found in all buffers, the errors first.
function M.findings()
  local items = {}
  for _, d in ipairs(vim.diagnostic.get(nil)) do
    if d.source == 'mcpaudit' then
      table.insert(items, { bufnr = d.bufnr, lnum = d.lnum + 1, col = d.col + 1, text = d.message, type = ({ 'E', 'W', 'I', 'N' })[d.severity], severity = d.severity })
    end
  end
  table.sort(items, function(a, b)
    if a.severity ~= b.severity then
      return a.severity < b.severity
    end
    return a.bufnr < b.bufnr or a.bufnr == b.bufnr and a.lnum < b.lnum
  end)
  for _, item in ipairs(items) do
    item.severity = nil
  end
  vim.fn.setqflist({}, ' ', { title = 'mcpaudit', items = items })
  local shown, err = pcall(lists[list])
  if not shown then
    vim.notify('mcpaudit: the findings are in the quickfix window, because ' .. list .. ' does not open: ' .. tostring(err), vim.log.levels.WARN)
    vim.cmd('copen')
  end
end

-- fix_all applies all fixes of a buffer that are safe, and waits until that is done.
function M.fix_all(buf)
  buf = buf or vim.api.nvim_get_current_buf()
  local client = M.client(buf)
  if not client then
    return
  end
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    range = { start = { line = 0, character = 0 }, ['end'] = { line = vim.api.nvim_buf_line_count(buf), character = 0 } },
    context = { diagnostics = {}, only = { 'source.fixAll.mcpaudit' } },
  }
  local answer = ask(client, 'request_sync', 'textDocument/codeAction', params, 2000, buf)
  for _, action in ipairs(answer and answer.result or {}) do
    if not action.edit then
      local resolved = ask(client, 'request_sync', 'codeAction/resolve', action, 2000, buf)
      action = resolved and resolved.result or action
    end
    if action.edit then
      vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
    end
  end
end

-- model shows the threat model of the server that this file belongs to.
function M.model()
  call('mcpaudit.showThreatModel', { uri(), 'auto', 'split' }, function(answer)
    show('threat-model', answer.markdown)
  end)
end

-- accept drafts an accepted risk for the finding in this line and opens it.
function M.accept()
  local found = here()
  if found then
    call('mcpaudit.draftException', { uri(), found.fingerprint }, function(drafted)
      vim.cmd('edit ' .. vim.fn.fnameescape(drafted.path))
      vim.notify(drafted.message)
    end)
  end
end

-- statusline gives the number of findings in a buffer for a statusline: mcpaudit 3, and
-- nothing where the server does not run.
function M.statusline(buf)
  buf = buf or vim.api.nvim_get_current_buf()
  if not M.client(buf) then
    return ''
  end
  local n = 0
  for _, d in ipairs(vim.diagnostic.get(buf)) do
    if d.source == 'mcpaudit' then
      n = n + 1
    end
  end
  return n > 0 and 'mcpaudit ' .. n or 'mcpaudit'
end

return M
