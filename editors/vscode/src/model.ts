// What the server's commands answer, as far as it is shown here.
import type { Location } from "vscode-languageclient/node";

export type Deployment = "local" | "remote" | "enterprise";

export interface Finding {
  check: string;
  message: string;
  file: string;
  line: number;
  entry?: string;
  fingerprint: string;
  score: { aivss: number; band: string } | null;
  deployments?: Record<Deployment, { aivss: number; band: string }>;
  reason?: string;
  exception?: string;
}

export interface Entry {
  kind: string;
  name: string;
  file: string;
  line: number;
  capabilities: { capability: string }[];
}

export interface Question {
  id: string;
  title: string;
  entry?: string;
  state: "open" | "stale" | "not-sure" | "answered";
}

export interface Server {
  name: string;
  folder: string;
  entries: Entry[];
  findings: Finding[];
  accepted: Finding[];
  questions: Question[];
}

export interface FolderModels {
  folder: string;
  models: { servers: Server[] };
}

export interface Explained {
  check: string;
  title: string;
  markdown: string;
  depth?: string;
  score?: string;
  steps?: (Location & { text: string; code: string })[];
}

export interface ShownModel {
  name: string;
  markdown: string;
  svg: string;
}
