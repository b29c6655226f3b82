"""Makes each mistake of defects.yaml in a copy of the template, and sees to it that some check notices it.

    python checks/defects.py ASSERTIONS CHECKOV

ASSERTIONS is the built test binary, CHECKOV the checkov to run. Which check noticed which defect is written to
target/aws/defects.txt. Ends with 1 where a defect goes unnoticed.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import yaml

from expand import expand, write

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
COPIES = ROOT / "target" / "aws" / "defects"


def with_defect(template, defect):
    """The template with the defect, in the one resource that it is about."""
    start = re.search(rf"^  {defect['in']}:$", template, re.MULTILINE)
    if not start:
        sys.exit(f"There is no resource {defect['in']} any more: {defect['defect']}")
    following = re.compile(r"^(?:  )?[A-Za-z#]", re.MULTILINE).search(template, start.end())
    end = following.start() if following else len(template)
    resource = template[start.start() : end]
    if defect["replace"] not in resource:
        sys.exit(f"What it replaces does not stand in {defect['in']} any more: {defect['defect']}")
    changed = resource.replace(defect["replace"], defect["with"], 1)
    return template[: start.start()] + changed + template[end:]


def assertions(binary, copies):
    """Which copies the Rust tests refuse, and by which test."""

    def refusal(copy):
        run = subprocess.run(
            [binary, "--include-ignored", "--quiet", "--test-threads", "1"],
            env={**os.environ, "PLENARY_TEMPLATE": str(copy)},
            cwd=ROOT / "tests",
            capture_output=True,
            text=True,
        )
        failed = re.findall(r"^---- (\S+) stdout", run.stdout, re.MULTILINE)
        return failed[0] if failed else f"exit {run.returncode}" if run.returncode else None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return {copy: by for copy, by in zip(copies, pool.map(refusal, copies)) if by}


def cfn_lint(copies):
    """Which copies cfn-lint refuses, and by which rule."""
    program = pathlib.Path(sys.executable).parent / "cfn-lint"
    command = [program, "--regions", "us-east-1", "--format", "json", "--template", *copies]
    found = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    return {pathlib.Path(one["Filename"]): one["Rule"]["Id"] for one in found}


def checkov(program, copies):
    """Which copies checkov refuses, and by which check."""
    command = [program, "--framework", "cloudformation", "--skip-download", "--quiet", "--output", "json"]
    for copy in copies:
        command += ["--file", copy]
    report = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    failed = report.get("results", {}).get("failed_checks", [])
    return {pathlib.Path(one["file_abs_path"]): one["check_id"] for one in failed}


def main():
    binary, checkov_program = sys.argv[1:]
    template = (HERE.parent / "template.yaml").read_text()
    defects = yaml.safe_load((HERE / "defects.yaml").read_text())
    noticed, waiting = {}, {}
    for number, defect in enumerate(defects):
        copy = COPIES / f"{number:02}.json"
        text = with_defect(template, defect)
        try:
            write(expand(text), copy)
            waiting[copy] = defect["defect"]
        except Exception as refusal:  # whatever the translator refuses it with, it has noticed
            noticed[defect["defect"]] = f"expansion: {type(refusal).__name__}"
    # The quickest first; each looks at what the ones before it let pass.
    for name, check in {
        "assertion": lambda copies: assertions(binary, copies),
        "cfn-lint": cfn_lint,
        "checkov": lambda copies: checkov(checkov_program, copies),
    }.items():
        if waiting:
            for copy, by in check(list(waiting)).items():
                noticed[waiting.pop(copy)] = f"{name}: {by}"
    lines = [f"{defect['defect']}: {noticed.get(defect['defect'], 'NOT NOTICED')}" for defect in defects]
    (ROOT / "target" / "aws" / "defects.txt").write_text("\n".join(lines) + "\n")
    for name in waiting.values():
        print(f"not noticed by any check: {name}")
    print(f"{len(noticed)} of {len(defects)}")
    sys.exit(bool(waiting))


main()
