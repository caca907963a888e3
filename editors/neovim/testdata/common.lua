-- What the scripts of neovim_test.go share: how they say what holds, how they ask the
-- server, and how they begin and end. It puts the plugin where Neovim finds it.
local M = {}

vim.opt.runtimepath:append(os.getenv('MCPAUDIT_PLUGIN'))
vim.cmd('filetype on')

-- check says what holds, or ends the script.
function M.check(condition, what)
  if not condition then
    error(what, 0)
  end
  io.stdout:write('ok ' .. what .. '\n')
end

-- wait checks what comes to hold within 20 seconds.
function M.wait(what, condition)
  M.check(vim.wait(20000, condition, 20), what)
end

-- request gives what the server answers, nil included; an error ends the script.
function M.request(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000)
  local _, answer = next(answers or {})
  if not answer or answer.err then
    error(method .. ': ' .. (answer and answer.err.message or 'no answer'), 0)
  end
  return answer.result
end

-- lines gives the text of a buffer.
function M.lines(buf)
  return table.concat(vim.api.nvim_buf_get_lines(buf or 0, 0, -1, false), '\n')
end

-- run drives Neovim once it has started, and ends it with exit code 0 only if all went well.
function M.run(drive)
  vim.api.nvim_create_autocmd('VimEnter', {
    callback = function()
      vim.schedule(function()
        local ok, err = pcall(drive)
        if not ok then
          io.stdout:write('FAIL ' .. tostring(err) .. '\n')
          for _, d in ipairs(vim.diagnostic.get(0)) do
            io.stdout:write(string.format('     %d %s %s\n', d.lnum + 1, d.code, d.message))
          end
          vim.cmd('cquit 1')
        end
        vim.cmd('qall!')
      end)
    end,
  })
end

return M
