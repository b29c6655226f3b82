"""Expands the SAM template into the CloudFormation that AWS would make of it, without an account.

    python checks/expand.py template.yaml expanded.json
"""

import hashlib
import json
import logging
import os
import pathlib
import sys

# The translator asks for a region when it decides on a partition; any will do.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
# It warns of every feature that only AWS's own copy of it has.
logging.disable(logging.WARNING)

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

BUILT = pathlib.Path(__file__).parents[3] / "target" / "lambda"


def code_of(function):
    """Where `sam package` would have put the function. The name is the built function's hash, where there is one: a
    version is published when this changes, and the CDK app deploys from here."""
    binary = function["Metadata"]["BuildProperties"]["Binary"]
    built = BUILT / binary / "bootstrap"
    mark = hashlib.sha256(built.read_bytes()).hexdigest()[:32] if built.exists() else "not-built"
    return f"s3://packaged/{binary}-{mark}.zip"


def expand(text):
    """The expansion of a template, with each parameter as its default says."""
    template = yaml_parse(text.replace("release 0", f"release {os.environ.get('RELEASE', '0')}"))
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = code_of(resource)
    defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    return Translator(managed_policy_map={}, sam_parser=Parser()).translate(template, defaults)


def write(expanded, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(expanded, indent=2))


if __name__ == "__main__":
    source, target = map(pathlib.Path, sys.argv[1:])
    write(expand(source.read_text()), target)
