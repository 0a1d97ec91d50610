"""The shell of the examples in ci/, for tests/flow/ci_examples.sh: each step becomes a file of DIR.

ci_steps.py KIND FILE DIR     KIND is github, gitlab, jenkins or tekton
A file begins with what the service itself sets: variables whose values name others, and `set -e`.
"""
import pathlib
import re
import sys

import yaml


def exports(variables):
    """Values with $NAME are expanded in order, as the services do."""
    return "".join(f'export {name}="{value}"\n' for name, value in variables.items())


def github(document):
    for number, step in enumerate(step for step in document["runs"]["steps"] if "run" in step):
        yield f"{number}.bash", "set -eo pipefail\n" + step["run"]


def gitlab(document):
    job = document[".whittle"]
    lines = job["before_script"] + job["script"]
    yield "0.sh", "set -e\n" + exports(job["variables"]) + "\n".join(lines) + "\n"


def jenkins(text):
    for number, block in enumerate(re.findall(r"sh '''\n(.*?)'''", text, re.S)):
        yield f"{number}.sh", "set -e\n" + block.replace("\\\\", "\\")


def tekton(document):
    for number, step in enumerate(document["spec"]["steps"]):
        yield f"{number}.sh", step["script"]


def main():
    kind, file, folder = sys.argv[1:]
    text = pathlib.Path(file).read_text(encoding="utf-8")
    steps = {"github": github, "gitlab": gitlab, "jenkins": jenkins, "tekton": tekton}[kind]
    for name, script in steps(text if kind == "jenkins" else yaml.safe_load(text)):
        (pathlib.Path(folder) / f"{kind}-{name}").write_text(script, encoding="utf-8")


main()
