// A real MCP server that says exactly what it was given.
//
//   node echo.mjs WORDS…        over stdio; tools: argv, env {name}
//   node echo.mjs --listen      over HTTP at /mcp, and at /sse with the events of before 2025-03-26; tool: request.
//                               Says its port in a line.
import { createServer } from "node:http";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const none = { type: "object" };
const named = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };

/** A server with these tools: name to input schema and answer. */
function server(tools) {
  const server = new Server({ name: "echo", version: "1.0.0" }, { capabilities: { tools: {} } });
  const list = Object.entries(tools).map(([name, [inputSchema]]) => ({ name, inputSchema }));
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: list }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const answer = tools[params.name][1](params.arguments ?? {});
    return { content: [{ type: "text", text: JSON.stringify(answer ?? null) }] };
  });
  return server;
}

if (process.argv[2] !== "--listen") {
  const tools = {
    argv: [none, () => process.argv.slice(2)],
    env: [named, ({ name }) => process.env[name]],
  };
  await server(tools).connect(new StdioServerTransport());
} else {
  const sessions = new Map();
  const http = createServer(async (request, response) => {
    const said = { url: request.url, headers: request.headers };
    const path = new URL(request.url, "http://x").pathname;
    if (path === "/mcp") {
      // Without sessions: each request is answered by a server that knows only that one.
      if (request.method !== "POST") return response.writeHead(405).end();
      const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
      response.on("close", () => transport.close());
      await server({ request: [none, () => said] }).connect(transport);
      return transport.handleRequest(request, response);
    }
    if (path === "/sse" && request.method === "GET") {
      const transport = new SSEServerTransport("/messages", response);
      sessions.set(transport.sessionId, { transport, opened: said });
      response.on("close", () => sessions.delete(transport.sessionId));
      // The stream's own request, and the headers of the message that asks.
      const request = () => ({ ...said, posted: sessions.get(transport.sessionId).posted });
      return server({ request: [none, request] }).connect(transport);
    }
    const session = sessions.get(new URL(request.url, "http://x").searchParams.get("sessionId"));
    if (!session) return response.writeHead(404).end();
    session.posted = said;
    return session.transport.handlePostMessage(request, response);
  });
  http.listen(0, "127.0.0.1", () => console.log(http.address().port));
}
