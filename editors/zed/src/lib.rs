//! Starts the language server of mcpaudit in Zed.

use zed_extension_api::{
    self as zed, serde_json, settings::LspSettings, Command, LanguageServerId, Result, Worktree,
};

struct Mcpaudit;

impl zed::Extension for Mcpaudit {
    fn new() -> Self {
        Mcpaudit
    }

    /// The program of the setting `lsp.mcpaudit.binary`, or else the one on the path.
    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        let binary = LspSettings::for_worktree(id.as_ref(), worktree)?.binary;
        let (path, arguments, env) = match binary {
            Some(binary) => (binary.path, binary.arguments, binary.env),
            None => (None, None, None),
        };
        let mut environment = worktree.shell_env();
        environment.extend(env.into_iter().flatten());
        Ok(Command {
            command: path.or_else(|| worktree.which("mcpaudit")).ok_or(
                "mcpaudit is not on the PATH: `go install ./cmd/mcpaudit` in a clone of its repository",
            )?,
            args: arguments.unwrap_or_else(|| vec!["serve".to_string()]),
            env: environment,
        })
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        Ok(LspSettings::for_worktree(id.as_ref(), worktree)?.initialization_options)
    }

    /// The settings, under the name that the server asks for.
    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?.settings;
        Ok(settings.map(|settings| serde_json::json!({ "mcpaudit": settings })))
    }
}

zed::register_extension!(Mcpaudit);
