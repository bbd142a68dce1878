"""A scripted model behind OpenAI's API, in place of a real one: it writes a program, runs it, and tells the result.  python3 backend.py PORT

Nothing is computed: each answer is the script's next line after a fixed time, and is told to be scripted by the model's name.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER_S = 0.2
SCRIPT = [
    {"tool": "write", "file": "sum.py", "text": "print(sum(range(1, %d)))"},
    {"tool": "run", "file": "sum.py"},
]


def answer(messages):
    """What the model says next: a tool's call as JSON, or at last what the tool answered."""
    turn = sum(message["role"] == "assistant" for message in messages)
    if turn == len(SCRIPT):
        return "The answer is " + json.loads(messages[-1]["content"])["output"].strip()
    text = json.dumps(SCRIPT[turn])
    return text % (int(messages[0]["content"].split()[-1]) + 1) if "%d" in text else text


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.reply({"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        time.sleep(ANSWER_S)
        message = {"role": "assistant", "content": answer(asked["messages"])}
        tokens = {"prompt_tokens": len(json.dumps(asked["messages"])) // 4, "completion_tokens": len(message["content"]) // 4}
        self.reply({"model": "scripted", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": tokens})

    def reply(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
