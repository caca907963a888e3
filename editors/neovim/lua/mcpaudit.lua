-- mcpaudit.lua starts the language server for the files it audits, in Neovim 0.7
-- and newer, and shows its lessons in a floating window.
--
--   require('mcpaudit').setup()
--   require('mcpaudit').setup({ cmd = { '/opt/mcpaudit', 'serve' }, settings = { minConfidence = 'medium' } })

local M = {}

local defaults = {
  cmd = { 'mcpaudit', 'serve' },
  filetypes = { 'python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'go', 'json', 'toml' },
  -- The nearest folder upwards that holds one of these is the workspace.
  root = { '.mcpaudit.yaml', '.git', 'package.json', 'pyproject.toml', 'go.mod' },
  settings = {}, -- as in .mcpaudit.yaml
  untrusted = false, -- true ignores what the workspace says about its own audit
  on_attach = nil,
}

local clients = {} -- by workspace folder

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
  client.request('workspace/executeCommand', params, function(err, lesson)
    if err then
      vim.notify(err.message, vim.log.levels.ERROR)
    elseif lesson and not lesson.uri then
      vim.lsp.util.open_floating_preview(vim.split(lesson.markdown, '\n'), 'markdown', { focus_id = 'mcpaudit', max_width = 100 })
    end
  end, ctx.bufnr)
end

local function attach(options, buf)
  local file = vim.api.nvim_buf_get_name(buf)
  if file == '' or vim.bo[buf].buftype ~= '' then
    return
  end
  local root = root_of(file, options.root)
  if not clients[root] then
    clients[root] = vim.lsp.start_client({
      name = 'mcpaudit',
      cmd = options.cmd,
      root_dir = root,
      workspace_folders = { { uri = vim.uri_from_fname(root), name = vim.fn.fnamemodify(root, ':t') } },
      init_options = vim.tbl_extend('force', { untrusted = options.untrusted }, options.settings),
      settings = { mcpaudit = options.settings },
      commands = { ['mcpaudit.explain'] = explain },
      on_attach = options.on_attach,
      on_exit = function()
        clients[root] = nil
      end,
    })
  end
  if clients[root] then
    vim.lsp.buf_attach_client(buf, clients[root])
  end
end

function M.setup(options)
  options = vim.tbl_deep_extend('force', defaults, options or {})
  local group = vim.api.nvim_create_augroup('mcpaudit', { clear = true })
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = options.filetypes,
    callback = function(event)
      attach(options, event.buf)
    end,
  })
end

return M
