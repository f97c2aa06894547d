"""A server with one tool that says what runs it."""

import json
import sys

WHO = f"{sys.executable} {sys.prefix}"
ANSWERS = {
    "initialize": {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "who", "version": "1"},
    },
    "tools/list": {"tools": [{"name": "who", "description": WHO, "inputSchema": {"type": "object"}}]},
}

for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        result = ANSWERS.get(message["method"], {})
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
