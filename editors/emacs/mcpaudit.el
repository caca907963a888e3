;;; mcpaudit.el --- Audit MCP servers while you write them -*- lexical-binding: t -*-

;; Author: The mcpaudit authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1"))
;; Keywords: tools, languages
;; URL: https://github.com/mcpaudit/mcpaudit
;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; Adds the language server to eglot and to lsp-mode, and serves what LSP has no place for:
;; the lesson of the finding at point, the next question of the threat model, the threat
;; model itself, accepted risks.

;;; Code:

(require 'seq)

(declare-function eglot--TextDocumentIdentifier "eglot")
(declare-function eglot--apply-workspace-edit "eglot")
(declare-function eglot--current-server-or-lose "eglot")
(declare-function eglot--pos-to-lsp-position "eglot")
(declare-function eglot-code-actions "eglot")
(declare-function eglot-managed-p "eglot")
(declare-function jsonrpc-request "jsonrpc")
(declare-function lsp--buffer-uri "lsp-mode")
(declare-function lsp--point-to-position "lsp-mode")
(declare-function lsp-activate-on "lsp-mode")
(declare-function lsp-execute-code-action-by-kind "lsp-mode")
(declare-function lsp-find-workspace "lsp-mode")
(declare-function lsp-register-client "lsp-mode")
(declare-function lsp-request "lsp-mode")
(declare-function lsp-stdio-connection "lsp-mode")
(declare-function make-lsp-client "lsp-mode")
(defvar eglot-server-programs)
(defvar lsp--cur-workspace)

(defgroup mcpaudit nil "Audit of MCP servers." :group 'tools)

(defcustom mcpaudit-command '("mcpaudit" "serve")
  "The command that starts the language server."
  :type '(repeat string))

;;;###autoload
(defun mcpaudit-setup ()
  "Make eglot and lsp-mode start the audit for the languages that it reads.
Eglot runs one server in each buffer: this one takes the place of
another.  In lsp-mode it runs beside the others."
  (with-eval-after-load 'eglot
    (dolist (modes '((python-mode python-ts-mode) (js-mode js-ts-mode) (typescript-ts-mode) (tsx-ts-mode) (go-mode) (go-ts-mode)))
      (dolist (mode modes)
        (add-to-list 'eglot-server-programs (cons mode mcpaudit-command)))))
  (with-eval-after-load 'lsp-mode
    (lsp-register-client
     (make-lsp-client :new-connection (lsp-stdio-connection (lambda () mcpaudit-command))
                      :activation-fn (lsp-activate-on "python" "javascript" "javascriptreact" "typescript" "typescriptreact" "go")
                      :add-on? t
                      :server-id 'mcpaudit))))

(defun mcpaudit--lsp-mode-p ()
  "Whether lsp-mode serves this buffer, and not eglot."
  (bound-and-true-p lsp-mode))

(defun mcpaudit--plist (value)
  "VALUE as eglot would give it: lsp-mode gives hash tables where it was built to."
  (cond ((hash-table-p value)
         (let (plist)
           (maphash (lambda (key member) (setq plist (nconc (list (intern (concat ":" key)) (mcpaudit--plist member)) plist))) value)
           plist))
        ((vectorp value) (vconcat (mapcar #'mcpaudit--plist value)))
        ((and (consp value) (not (keywordp (car value)))) (mapcar #'mcpaudit--plist value))
        (t value)))

(defun mcpaudit--request (method params)
  "Send the server a request of METHOD, a keyword, with PARAMS and give its answer."
  (if (mcpaudit--lsp-mode-p)
      (let ((lsp--cur-workspace (or (lsp-find-workspace 'mcpaudit buffer-file-name) (user-error "The server mcpaudit does not run here"))))
        (mcpaudit--plist (lsp-request (substring (symbol-name method) 1) params)))
    (require 'eglot)
    (jsonrpc-request (eglot--current-server-or-lose) method params)))

(defun mcpaudit--execute (command &rest arguments)
  "Execute COMMAND of the server with ARGUMENTS and give its answer."
  (mcpaudit--request :workspace/executeCommand (list :command command :arguments (vconcat arguments))))

(defun mcpaudit--uri ()
  "The URI of this buffer's file."
  (if (mcpaudit--lsp-mode-p)
      (lsp--buffer-uri)
    (require 'eglot)
    (plist-get (eglot--TextDocumentIdentifier) :uri)))

(defun mcpaudit--position (point)
  "The position of POINT as the server counts."
  (if (mcpaudit--lsp-mode-p)
      (save-excursion (lsp--point-to-position point))
    (eglot--pos-to-lsp-position point)))

(defun mcpaudit--actions (kind)
  "The code actions of KIND on this line."
  (append
   (mcpaudit--request :textDocument/codeAction
                      (list :textDocument (list :uri (mcpaudit--uri))
                            :range (list :start (mcpaudit--position (line-beginning-position))
                                         :end (mcpaudit--position (line-end-position)))
                            :context (list :diagnostics [] :only (vector kind))))
   nil))

(defun mcpaudit--command (actions name)
  "Of ACTIONS those that execute the command NAME."
  (seq-filter (lambda (action) (equal name (plist-get (plist-get action :command) :command))) actions))

(defun mcpaudit--show (name text)
  "Show TEXT, Markdown, in a buffer called NAME."
  (with-current-buffer (get-buffer-create name)
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert text)
      (goto-char (point-min)))
    (if (fboundp 'markdown-view-mode) (markdown-view-mode) (view-mode))
    (display-buffer (current-buffer))))

;;;###autoload
(defun mcpaudit-lesson ()
  "Explain the finding in this line with your own tool, parameter, path and score."
  (interactive)
  (let ((action (car (mcpaudit--command (mcpaudit--actions "quickfix") "mcpaudit.explain"))))
    (unless action (user-error "Nothing was found in this line"))
    (let ((arguments (append (plist-get (plist-get action :command) :arguments) nil)))
      (mcpaudit--show "*mcpaudit lesson*"
                      (plist-get (apply #'mcpaudit--execute "mcpaudit.explain" (append arguments '("buffer"))) :markdown)))))

;;;###autoload
(defun mcpaudit-answer ()
  "Answer the next question about the tool in this line."
  (interactive)
  (let* ((actions (mcpaudit--command (mcpaudit--actions "mcpaudit.threatModel") "mcpaudit.answer"))
         (parts (mapcar (lambda (action) (split-string (plist-get action :title) " → ")) actions)))
    (unless actions (user-error "There is no question about this line: go to a tool"))
    (let* ((choice (completing-read (concat (caar parts) " ") (mapcar #'cadr parts) nil t))
           (action (nth (seq-position parts choice (lambda (part label) (equal (cadr part) label))) actions)))
      (message "%s" (plist-get (apply #'mcpaudit--execute "mcpaudit.answer" (append (plist-get (plist-get action :command) :arguments) nil)) :message)))))

;;;###autoload
(defun mcpaudit-fix-all ()
  "Apply all fixes of this file that are safe; made for `before-save-hook'.
It does nothing where the server does not run."
  (interactive)
  (cond
   ((mcpaudit--lsp-mode-p)
    (when (lsp-find-workspace 'mcpaudit buffer-file-name)
      (condition-case nil
          (lsp-execute-code-action-by-kind "source.fixAll.mcpaudit")
        (lsp-no-code-actions nil))))
   ((and (fboundp 'eglot-managed-p) (eglot-managed-p))
    (dolist (action (eglot-code-actions (point-min) (point-max) "source.fixAll.mcpaudit"))
      (unless (plist-get action :edit)
        (setq action (mcpaudit--request :codeAction/resolve action)))
      (eglot--apply-workspace-edit (plist-get action :edit))))))

;;;###autoload
(defun mcpaudit-threat-model ()
  "Show the threat model of the server that this file belongs to."
  (interactive)
  (mcpaudit--show "*mcpaudit threat model*"
                  (plist-get (mcpaudit--execute "mcpaudit.showThreatModel" (mcpaudit--uri) "auto" "buffer") :markdown)))

;;;###autoload
(defun mcpaudit-accept ()
  "Draft an accepted risk for the finding in this line and visit it."
  (interactive)
  (let ((action (car (mcpaudit--command (mcpaudit--actions "quickfix") "mcpaudit.draftException"))))
    (unless action (user-error "Nothing was found in this line"))
    (find-file (plist-get (apply #'mcpaudit--execute "mcpaudit.draftException" (append (plist-get (plist-get action :command) :arguments) nil)) :path))))

(provide 'mcpaudit)
;;; mcpaudit.el ends here
