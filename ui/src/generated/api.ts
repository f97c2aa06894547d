// The window's contract with the core: `crates/audit/src/api.rs` and the enums
// it names, in the shape ts-rs gives them.

export type Os = "linux" | "macos" | "windows";
export type Scope = "user" | "project";
export type Format = "json" | "jsonc";
export type FileState = "read" | "missing" | "invalid" | "unreadable";
export type Severity = "info" | "low" | "medium" | "high" | "critical";
export type Confidence = "low" | "medium" | "high" | "confirmed";
export type Dimension = "SC" | "PV" | "CODE" | "RET" | "TP" | "CRED" | "PERM" | "RUN" | "MACHINE";
export type Safety = "manual" | "review" | "safe";
export type Band = "dangerous" | "warning" | "caution" | "moderate" | "trusted";
export type Certainty = "low" | "medium" | "high";
export type Kind = "local-package" | "local-script" | "remote" | "bridge";
export type Launcher = "npx" | "bunx" | "pnpm-dlx" | "yarn-dlx" | "npm" | "uvx" | "uv-run" | "pipx" | "node" | "bun" | "deno" | "python" | "docker" | "podman" | "binary" | "shell";
export type Ecosystem = "npm" | "pypi" | "docker" | "git";
export type Protection = "none" | "keychain" | "sandbox" | "broken";
export type TransportName = "stdio" | "http" | "sse";
export type Asks = "nothing" | "folders" | "sandbox";
export type NetworkChoice = "none" | "all";
export type LineKind = "kept" | "removed" | "added" | "gap";
export type Code = "stale" | "clientRuns" | "noKeychain" | "conflict" | "notVerified" | "asks" | "unknown" | "refused";
export type Stamp = string;

export type Report = { schema: string, warder: string, os: Os, machine: Score, files: Array<File>, servers: Array<Server>, findings: Array<Finding>, };
export type Score = { score: number | null, band: Band | null, low: number | null, high: number | null, confidence: Certainty | null, };
export type File = { id: string, client: string, scope: Scope, path: string, format: Format, state: FileState, error: FileError | null, client_name: string, shown: string, };
export type FileError = { message: string, line: number | null, column: number | null, };
export type Server = { id: string, client: string, file: string, name: string, pointer: string, line: number, enabled: boolean, profile: Kind, transport: TransportName, launcher: Launcher | null, command: Array<string>, url: string | null, package: Package | null, score: ServerScore, client_name: string, protection: Protection, };
export type Package = { ecosystem: Ecosystem, name: string, version: string | null, pinned: boolean, };
export type ServerScore = { dimensions: Record<string, DimensionScore>, base: number | null, limit: number | null, deductions: Array<Deduction>, } & Score;
export type DimensionScore = { score: number, coverage: number, weight: number, };
export type Deduction = { points: number, finding: string | null, label: string, };
export type Finding = { id: string, rule: string, dimension: Dimension, severity: Severity, confidence: Confidence, message: string, server: string | null, file: string | null, pointer: string, line: number | null, column: number | null, fixes: Array<Fix>, title: string, };
export type Fix = { id: string, title: string, safety: Safety, gain: number | null, steps: Array<string>, asks: Asks, };
export type Choices = { keep: Array<string>, network: NetworkChoice | null, };

export type Request =
  | { "ask": "scan" }
  | { "ask": "detail", finding: string, }
  | { "ask": "preview", fix: string, choices: Choices, }
  | { "ask": "apply", fix: string, choices: Choices, seen: Stamp, verify: boolean, }
  | { "ask": "undo", change: string, }
  | { "ask": "log" }
  | { "ask": "suggest", fix: string, };
export type Answer =
  | { "answer": "report", "with": Report }
  | { "answer": "detail", "with": Detail }
  | { "answer": "preview", "with": Preview }
  | { "answer": "change", "with": Change }
  | { "answer": "log", "with": Array<Change> }
  | { "answer": "folders", "with": Array<Folder> };

export type Detail = { snippet: Array<SnippetLine>, why: Array<string>, maps: Array<string>, };
export type SnippetLine = { number: number, text: string, marked: boolean, };
export type Preview = { fix: string, title: string, summary: string, safety: Safety, path: string, diff: Array<DiffLine>, seen: Stamp, notes: Array<string>, verify: Array<string> | null, score: [number, number] | null, };
export type DiffLine = { kind: LineKind, number: number, text: string, };
export type Change = { id: string, at: string, title: string, path: string, undone: boolean, shown: string, server: string, clientName: string, diff: Array<DiffLine>, note: string | null, };
export type Folder = { path: string, shown: string, why: string, };
export type Failure = { code: Code, message: string, hint: string | null, };
