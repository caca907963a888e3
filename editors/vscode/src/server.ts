// Starts the server, keeps it running, and puts another in its place when asked: there is
// never more than one, also where the one before hangs, has died, or never was.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { LogOutputChannel } from "vscode";
import { CloseAction, ErrorAction, type ErrorHandler, LanguageClient, type LanguageClientOptions, State } from "vscode-languageclient/node";

export class Server {
  /** The client of the server that runs or starts. */
  client: LanguageClient | undefined;
  private process: ChildProcess | undefined;
  private turn = Promise.resolve();

  constructor(
    private readonly log: LogOutputChannel,
    private readonly command: () => string,
    private readonly options: () => LanguageClientOptions,
    private readonly changed: (state: State) => void,
  ) {}

  /** Starts a server, in place of the one there is. Gives its client, or fails where it does not start. */
  restart(): Promise<LanguageClient> {
    const started = this.turn.then(() => this.start());
    this.turn = started.then(
      () => {},
      () => {},
    );
    // What hangs while it starts would let nobody else begin.
    const former = this.client;
    if (former?.state === State.Starting) {
      setTimeout(() => former === this.client && former.state === State.Starting && this.stop(), 2000);
    }
    return started;
  }

  /** Sends the server away, and kills it where it does not listen. */
  async stop(): Promise<void> {
    const { client, process } = this;
    this.client = this.process = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      this.log.debug(`the server before: ${error}`);
      process?.kill("SIGKILL");
    }
  }

  private async start(): Promise<LanguageClient> {
    await this.stop();
    const server = async () => {
      const process = spawn(this.command(), ["serve"]);
      await once(process, "spawn"); // fails with what the system says
      if (client !== this.client) {
        process.kill("SIGKILL");
        throw new Error("another server has been asked for");
      }
      this.process = process;
      process.on("error", (error) => this.log.error(`the server: ${error}`));
      process.once("exit", (code, signal) => this.log.info(`the server has ended: ${signal ?? code}`));
      return process;
    };
    const errorHandler: ErrorHandler = {
      // What is written to a server that has just died fails, and the client would give it
      // up after a few of these. Its end is noticed anyhow, and then it is started again.
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => (client === this.client ? often.closed() : { action: CloseAction.DoNotRestart, handled: true }),
    };
    const client: LanguageClient = new LanguageClient("mcpaudit", "mcpaudit", server, { ...this.options(), errorHandler });
    const often = client.createDefaultErrorHandler();
    this.client = client;
    client.onDidChangeState((e) => client === this.client && this.changed(e.newState));
    await client.start();
    return client;
  }
}
