// A server with one tool that says what runs it.
const lines = require("readline").createInterface({ input: process.stdin });
const answers = {
  initialize: { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "who", version: "1" } },
  "tools/list": { tools: [{ name: "who", description: process.execPath, inputSchema: { type: "object" } }] },
};
lines.on("line", (line) => {
  const { id, method } = JSON.parse(line);
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method] ?? {} }));
});
