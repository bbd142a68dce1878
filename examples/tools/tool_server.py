"""One program's tools: writes files into its folder and runs them there.  python3 tool_server.py PORT

The gateway starts one for each program, in the program's folder, and ends it with all that it has started. It keeps programs apart, not
strangers out: what it runs may do what its user may. Run it in a container where that matters.
"""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = os.path.realpath(os.getcwd())


def inside(name):
    """A path in the folder; ValueError for any other."""
    path = os.path.realpath(os.path.join(FOLDER, name))
    if os.path.commonpath([FOLDER, path]) != FOLDER or path == FOLDER:
        raise ValueError("%r is not in the program's folder" % name)
    return path


def write(file, text):
    with open(inside(file), "w") as out:
        out.write(text)
    return {"written": len(text)}


def run(file):
    done = subprocess.run([sys.executable, inside(file)], cwd=FOLDER, capture_output=True, text=True, timeout=10)
    return {"status": done.returncode, "output": (done.stdout + done.stderr)[-2000:]}


TOOLS = {"write": write, "run": run}


class Tools(BaseHTTPRequestHandler):
    def do_POST(self):
        try:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, answer = 200, TOOLS[asked.pop("tool")](**asked)
        except (KeyError, TypeError, ValueError, OSError, subprocess.TimeoutExpired) as error:
            status, answer = 400, {"error": str(error)}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Tools).serve_forever()
