// A client of a server elsewhere: hands the messages on its standard input over, and the answers back. The first line
// is the URL, whether to use the events of before 2025-03-26, and the headers, as JSON: in no list of processes.
import { createInterface } from "node:readline";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { url, sse, headers } = JSON.parse((await lines.next()).value);
const Transport = sse ? SSEClientTransport : StreamableHTTPClientTransport;
const transport = new Transport(new URL(url), { requestInit: { headers } });
transport.onmessage = (message) => console.log(JSON.stringify(message));
await transport.start();
for await (const line of lines) await transport.send(JSON.parse(line));
process.exit();
