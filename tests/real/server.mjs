// A small MCP server for `cargo xtask clients`: one tool, no packages. Newline-delimited JSON-RPC, as the
// specification's stdio transport has it; with --http, Streamable HTTP without sessions, and the URL as the first line.
//
// A server that is to get a key is told the sum of its letters (--sum=N, or the end of the URL's path), and is none
// without that key: so a listing shows that the very key arrived.
import { createServer } from "node:http";
import { createInterface } from "node:readline";

const answers = {
  initialize: (params) => ({
    protocolVersion: params?.protocolVersion ?? "2025-06-18",
    capabilities: { tools: {} },
    serverInfo: { name: "real", version: "1.0.0" },
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools: [{ name: "hello", description: "Says hello.", inputSchema: { type: "object" } }] }),
  "tools/call": () => ({ content: [{ type: "text", text: "hello" }] }),
};

// Nothing for a notification.
function answer({ id, method, params }) {
  if (id === undefined) return undefined;
  const answer = answers[method];
  const body = answer ? { result: answer(params) } : { error: { code: -32601, message: "no such method" } };
  return JSON.stringify({ jsonrpc: "2.0", id, ...body });
}

const sum = (key) => [...(key ?? "")].reduce((all, letter) => all + letter.codePointAt(0), 0);

function http() {
  const server = createServer(async (request, response) => {
    const end = (status, body) => response.writeHead(status, { "Content-Type": "application/json" }).end(body);
    const url = new URL(request.url, "http://localhost");
    const key = url.searchParams.get("api_key") ?? request.headers.authorization?.replace(/^Bearer /, "");
    if (sum(key) !== Number(url.pathname.split("/").at(-1))) return end(401);
    if (request.method !== "POST") return end(405);
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = answer(JSON.parse(Buffer.concat(parts).toString()));
    return body ? end(200, body) : end(202);
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/mcp`));
}

async function stdio(words) {
  const wanted = words.find((word) => word.startsWith("--sum="))?.slice("--sum=".length);
  const key = words.includes("--token") ? words[words.indexOf("--token") + 1] : process.env.GITHUB_TOKEN;
  if (wanted !== undefined && sum(key) !== Number(wanted)) process.exit(1);
  for await (const line of createInterface({ input: process.stdin })) {
    const body = answer(JSON.parse(line));
    if (body) process.stdout.write(`${body}\n`);
  }
}

if (process.argv[2] === "--http") http();
else await stdio(process.argv.slice(2));
