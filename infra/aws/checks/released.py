"""Shows that a release makes a new version of each function, even where nothing but a parameter's value changed.

    python checks/released.py TEMPLATE
"""

import pathlib
import sys

from expand import expand


def versions(text):
    """The functions' versions, by function: a new name is a new version."""
    resources = expand(text)["Resources"]
    aliases = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Lambda::Alias"]
    return {one["FunctionName"]["Ref"]: one["FunctionVersion"]["Fn::GetAtt"][0] for one in aliases}


template = pathlib.Path(sys.argv[1]).read_text()
before, after = versions(template), versions(template.replace("release 0", "release 1"))
for function, version in before.items():
    if after[function] == version:
        sys.exit(f"a release does not reach {function}")
