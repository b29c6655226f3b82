"""Expands the SAM template into the CloudFormation that AWS would make of it, without an account.

    python expand.py template.yaml expanded.json
"""

import json
import os
import pathlib
import sys

# The translator asks for a region when it decides on a partition; any will do.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

source, target = map(pathlib.Path, sys.argv[1:])
template = yaml_parse(source.read_text())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        # `sam package` puts the built function here.
        resource["Properties"]["CodeUri"] = "s3://packaged/function.zip"
parameters = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
expanded = Translator(managed_policy_map={}, sam_parser=Parser()).translate(template, parameters)
target.parent.mkdir(parents=True, exist_ok=True)
target.write_text(json.dumps(expanded, indent=2))
