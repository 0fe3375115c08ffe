"""Runs the Python of a page in the environment whose interpreter runs this file.

Reads a line of JSON for each block, with its code and the page's name, and answers with one.
"""

import contextlib
import importlib.util
import io
import json
import sys
import traceback


def main():
    names = {"__name__": "__main__"}
    answers = sys.stdout
    for line in sys.stdin:
        asked = json.loads(line)
        answer = {"missing": [], "printed": "", "error": ""}
        for module in asked["modules"]:
            if importlib.util.find_spec(module) is None:
                answer["missing"].append(module)
        if not answer["missing"]:
            printed = io.StringIO()
            try:
                with contextlib.redirect_stdout(printed):
                    exec(compile(asked["code"], asked["page"], "exec"), names)
            except BaseException:
                answer["error"] = traceback.format_exc()
            answer["printed"] = printed.getvalue()
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
