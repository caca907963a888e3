-- Uses the plugin as somebody in front of Neovim would: health, findings, lesson, answer,
-- threat model, accepted risk, help. Run by neovim_test.go.
local common = dofile(os.getenv('MCPAUDIT_PLUGIN') .. '/testdata/common.lua')
local check, lines = common.check, common.lines
local plugin = os.getenv('MCPAUDIT_PLUGIN')

local said = {}
vim.notify = function(text)
  table.insert(said, text)
end

local function run()
  dofile(plugin .. '/plugin/mcpaudit.lua')
  require('mcpaudit').setup({ cmd = { os.getenv('MCPAUDIT_BIN'), 'serve' }, fix_on_save = true, settings = { inlayScores = true } })
  local source = vim.api.nvim_get_current_buf()
  vim.bo[source].filetype = 'python'
  check(vim.wait(20000, function() return #vim.diagnostic.get(source) > 5 end, 20), '[findings] findings appear')
  check(require('mcpaudit').statusline() == 'mcpaudit ' .. #vim.diagnostic.get(source), '[status] the statusline counts them')

  for id in pairs(vim.diagnostic.get_namespaces()) do
    if #vim.diagnostic.get(source, { namespace = id }) > 0 then
      check(vim.diagnostic.config(nil, id).severity_sort, 'the worst of a line is shown')
    end
  end

  vim.cmd('checkhealth mcpaudit')
  check(lines():find('the server runs, in '), 'health is reported')
  vim.cmd('silent! bwipeout!')
  vim.cmd('buffer ' .. source)

  vim.cmd('McpauditFindings')
  local list = vim.fn.getqflist({ title = 1, items = 1 })
  check(list.title == 'mcpaudit' and #list.items == #vim.diagnostic.get(source) and list.items[1].type == 'E', '[list] the quickfix window lists them')
  vim.cmd('cclose')
  -- In another list by choice, and in the quickfix window where that is not there.
  local opened = {}
  package.preload['trouble'] = function()
    return { open = function(what) table.insert(opened, 'trouble ' .. what) end }
  end
  package.preload['telescope.builtin'] = function()
    return { quickfix = function() error('no such picker') end }
  end
  for _, name in ipairs({ 'trouble', 'telescope' }) do
    require('mcpaudit').setup({ cmd = { os.getenv('MCPAUDIT_BIN'), 'serve' }, fix_on_save = true, settings = { inlayScores = true }, list = name })
    vim.cmd('buffer ' .. source)
    vim.cmd('McpauditFindings')
  end
  check(vim.deep_equal(opened, { 'trouble quickfix' }) and vim.bo.buftype == 'quickfix' and said[#said]:find('telescope does not open'), 'the list can be chosen')
  vim.cmd('cclose')
  said = {}

  vim.fn.search('done = subprocess.run(command')
  vim.fn.search('subprocess', '', vim.fn.line('.'))
  vim.cmd('McpauditLesson')
  check(vim.wait(10000, function() return vim.bo.filetype == 'markdown' and lines():find('%*%*Parameter%*%*: `style`') end, 20), '[lesson] the lesson has the names of this code')
  vim.cmd('bwipeout!')

  vim.cmd('buffer ' .. source)
  vim.fn.search('def export_note')
  local asked
  vim.ui.select = function(items, options, choose)
    asked = options.prompt
    check(options.format_item(items[#items]):find('^Not sure'), 'not sure is an answer')
    choose(items[1])
  end
  vim.cmd('McpauditAnswer')
  check(vim.wait(10000, function() return #said > 0 end, 20) and asked and asked:find('export_note'), 'a question is asked and its answer kept')
  check(vim.fn.filereadable('.mcpaudit/threat-model.yaml') == 1, '[answer] the answer stands beside the code')

  vim.cmd('McpauditModel')
  check(vim.wait(10000, function() return lines():find('^# Threat model: notes') end, 20), '[model] the threat model is shown')
  vim.cmd('bwipeout!')

  vim.cmd('buffer ' .. source)
  vim.fn.search('done = subprocess.run(command')
  vim.fn.search('subprocess', '', vim.fn.line('.'))
  vim.cmd('McpauditAccept')
  check(vim.wait(10000, function() return lines():find('status: proposed') and said[#said]:find('^Drafted') end, 20), '[accept] an accepted risk is drafted')

  vim.cmd('buffer ' .. source)
  if vim.lsp.inlay_hint then
    vim.lsp.inlay_hint.enable()
    check(vim.wait(10000, function()
      for _, hint in ipairs(vim.lsp.inlay_hint.get({ bufnr = source })) do
        if hint.inlay_hint.label:find('^%d%.%d %a+') then
          return true
        end
      end
    end, 20), '[inlay] scores stand behind lines')
  end

  check(lines(source):find('verify=False'), 'there is something to fix')
  vim.cmd('write')
  check(not lines(source):find('verify=False'), '[fixAll] all that is safe is fixed on save')

  local client = require('mcpaudit').client(source)
  local pid = vim.fn.system('pgrep -f "^' .. os.getenv('MCPAUDIT_BIN') .. ' serve"'):match('%d+')
  vim.loop.kill(tonumber(pid), 'sigkill')
  check(vim.wait(10000, function() return vim.lsp.get_client_by_id(client.id) == nil end, 20), 'the server is killed')
  vim.cmd('edit')
  check(vim.wait(20000, function() return require('mcpaudit').client(source) ~= nil and #vim.diagnostic.get(source) > 5 end, 20), '[restart] another one is there')

  vim.cmd('helptags ' .. plugin .. '/doc')
  vim.cmd('help mcpaudit-commands')
  check(lines():find(':McpauditLesson'), 'the help is found')
  os.remove(plugin .. '/doc/tags')
end

common.run(run)
