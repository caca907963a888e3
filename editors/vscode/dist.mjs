// Builds the extension's package for the platform that it runs on, with the server inside:
//
//   npm ci && npm run dist [-- FILE]     FILE is mcpaudit.vsix if nothing is said
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const windows = process.platform === "win32";
const target = `${process.platform}-${process.arch}`;
const file = path.resolve(process.env.INIT_CWD ?? process.cwd(), process.argv[2] ?? path.join(here, "mcpaudit.vsix"));

const run = (program, ...arguments_) => {
  try {
    execFileSync(program, arguments_, { cwd: here, stdio: "inherit" });
  } catch (error) {
    console.error(error.code === "ENOENT" ? `${program} is not found: install it, or put it on your PATH` : `${program} failed`);
    process.exit(1);
  }
};
const tool = (name, ...arguments_) => run(process.execPath, path.join(here, "node_modules", ...name), ...arguments_);

rmSync(path.join(here, "bin"), { recursive: true, force: true }); // of another platform
console.log(`the server, for ${target} (the first build takes a few minutes)`);
run("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path.join("bin", windows ? "mcpaudit.exe" : "mcpaudit"), "../../cmd/mcpaudit");
console.log("the extension");
run(process.execPath, path.join(here, "node_modules/esbuild/install.js")); // for those who install without scripts
tool(["typescript", "bin", "tsc"], "--noEmit");
const { build } = await import("esbuild");
await build({
  absWorkingDir: here, entryPoints: ["src/extension.ts"], outfile: "out/extension.js",
  bundle: true, platform: "node", target: "node20", format: "cjs", external: ["vscode"], minify: true,
});
tool(["@vscode", "vsce", "vsce"], "package", "--no-dependencies", "--target", target, "-o", file);
console.log(`\nto install it: code --install-extension ${path.relative(process.env.INIT_CWD ?? process.cwd(), file) || file}`);
