;; What both scripts share: the package, how they say what holds, and the life of a lesson
;; and of an answer, which are the package's own. Loaded by them.
(require 'package)
(package-initialize) ; finds Debian's elpa packages
(require 'cl-lib)
(load (concat (getenv "MCPAUDIT_PLUGIN") "/mcpaudit.el") nil t)
(setq mcpaudit-command (list (getenv "MCPAUDIT_BIN") "serve"))
(defun check (holds what) (if holds (message "ok %s" what) (message "FAIL %s" what) (kill-emacs 1)))
(defun learn ()
  "Read the lesson of the finding at point, answer a question, and see the threat model."
  (mcpaudit-lesson)
  (with-current-buffer "*mcpaudit lesson*" (check (string-match-p "Parameter\\*\\*: `style`" (buffer-string)) "[lesson] the lesson has the names of this code"))
  (goto-char (point-min))
  (search-forward "def export_note")
  (cl-letf (((symbol-function 'completing-read) (lambda (_prompt labels &rest _) (check (string-prefix-p "Not sure" (car (last labels))) "not sure is an answer") (car labels))))
    (mcpaudit-answer))
  (check (file-exists-p ".mcpaudit/threat-model.yaml") "[answer] the answer stands beside the code")
  (mcpaudit-threat-model)
  (with-current-buffer "*mcpaudit threat model*" (check (string-prefix-p "# Threat model: notes" (buffer-string)) "[model] the threat model is shown")))
