-- Uses the plugin as somebody in front of Neovim would: health, findings, lesson, answer,
-- threat model, accepted risk, help. Run by neovim_test.go.
local plugin = os.getenv('MCPAUDIT_PLUGIN')
vim.opt.runtimepath:append(plugin)

local function fail(what)
  io.stderr:write('FAIL ' .. what .. '\n')
  vim.cmd('cquit 1')
end

local function check(holds, what)
  if not holds then
    fail(what)
  end
  io.stdout:write('ok ' .. what .. '\n')
end

local function lines(buf)
  return table.concat(vim.api.nvim_buf_get_lines(buf or 0, 0, -1, false), '\n')
end

local said = {}
vim.notify = function(text)
  table.insert(said, text)
end

local function run()
  dofile(plugin .. '/plugin/mcpaudit.lua')
  require('mcpaudit').setup({ cmd = { os.getenv('MCPAUDIT_BIN'), 'serve' } })
  local source = vim.api.nvim_get_current_buf()
  vim.bo[source].filetype = 'python'
  check(vim.wait(20000, function() return #vim.diagnostic.get(source) > 5 end, 20), 'findings appear')
  check(require('mcpaudit').statusline() == 'mcpaudit ' .. #vim.diagnostic.get(source), 'the statusline counts them')

  vim.cmd('checkhealth mcpaudit')
  check(lines():find('the server runs, in '), 'health is reported')
  vim.cmd('silent! bwipeout!')
  vim.cmd('buffer ' .. source)

  vim.cmd('McpauditFindings')
  local list = vim.fn.getqflist({ title = 1, items = 1 })
  check(list.title == 'mcpaudit' and #list.items == #vim.diagnostic.get(source) and list.items[1].type == 'E', 'the quickfix window lists them')
  vim.cmd('cclose')

  vim.fn.search('done = subprocess.run(command')
  vim.fn.search('subprocess', '', vim.fn.line('.'))
  vim.cmd('McpauditLesson')
  check(vim.wait(10000, function() return vim.bo.filetype == 'markdown' and lines():find('%*%*Parameter%*%*: `style`') end, 20), 'the lesson has the names of this code')
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
  check(vim.fn.filereadable('.mcpaudit/threat-model.yaml') == 1, 'the answer stands beside the code')

  vim.cmd('McpauditModel')
  check(vim.wait(10000, function() return lines():find('^# Threat model: notes') end, 20), 'the threat model is shown')
  vim.cmd('bwipeout!')

  vim.cmd('buffer ' .. source)
  vim.fn.search('done = subprocess.run(command')
  vim.fn.search('subprocess', '', vim.fn.line('.'))
  vim.cmd('McpauditAccept')
  check(vim.wait(10000, function() return lines():find('status: proposed') end, 20), 'an accepted risk is drafted')

  vim.cmd('helptags ' .. plugin .. '/doc')
  vim.cmd('help mcpaudit-commands')
  check(lines():find(':McpauditLesson'), 'the help is found')
  os.remove(plugin .. '/doc/tags')
end

vim.api.nvim_create_autocmd('VimEnter', {
  callback = function()
    vim.schedule(function()
      local ok, err = pcall(run)
      if not ok then
        fail(tostring(err))
      end
      vim.cmd('qall!')
    end)
  end,
})
