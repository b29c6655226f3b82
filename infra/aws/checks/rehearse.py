"""Makes the stack, publishes a site into it and has heads signed, on an emulator of AWS on this machine.

    python checks/rehearse.py EXPANDED MINISTACK

It shows that resources can be made in some order, that their references lead somewhere, and that publish.py does what it
says. It is no AWS: what it does not know is left out, and it checks little of what it knows.
"""

import io
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import zipfile

import boto3

HERE = pathlib.Path(__file__).parent

# What the emulator has no word for.
UNKNOWN = {
    "AWS::Budgets::Budget",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::Cognito::ManagedLoginBranding",
    "AWS::Events::Archive",
}
ISSUER = "https://cognito-idp.${AWS::Region}.amazonaws.com/${UserPool}"


def known_to_the_emulator(expanded):
    """The part of the template that the emulator knows."""
    text = json.dumps(expanded)
    text = text.replace('{"Fn::GetAtt": ["UserPool", "ProviderURL"]}', json.dumps({"Fn::Sub": ISSUER}))
    template = json.loads(text.replace("${UserPool.ProviderURL}", ISSUER))
    resources = {name: one for name, one in template["Resources"].items() if one["Type"] not in UNKNOWN}
    for resource in resources.values():
        resource.pop("UpdatePolicy", None)
    return {**template, "Resources": resources}


def make_stack(template):
    """Makes the stack; returns its outputs."""
    s3, stacks = boto3.client("s3"), boto3.client("cloudformation")
    # As infra/README.md has it made before the stack.
    keys = json.dumps({"stripe_key": "sk_test_example", "signing_secret": "whsec_example"})
    boto3.client("secretsmanager").create_secret(Name="plenary/payments", SecretString=keys)
    s3.create_bucket(Bucket="packaged")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bootstrap", "")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            s3.put_object(Bucket="packaged", Key=resource["Properties"]["Code"]["S3Key"], Body=package.getvalue())
    s3.put_object(Bucket="packaged", Key="template.json", Body=json.dumps(template).encode())
    url = f"{os.environ['AWS_ENDPOINT_URL']}/packaged/template.json"
    stacks.create_stack(StackName="plenary", TemplateURL=url, Capabilities=["CAPABILITY_IAM"], DisableRollback=True)
    for _ in range(120):
        stack = stacks.describe_stacks(StackName="plenary")["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            break
        time.sleep(0.5)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        sys.exit(f"The stack is {stack['StackStatus']}: {stack.get('StackStatusReason')}")
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def publish(outputs):
    """Publishes a site over an older one, and looks at what is there then."""
    s3 = boto3.client("s3")
    bucket = outputs["SiteBucket"]
    s3.put_object(Bucket=bucket, Key="gone.js", Body=b"")
    with tempfile.TemporaryDirectory() as site:
        for name in ["index.html", "app_bg.wasm", "fonts/heading.woff2"]:
            path = pathlib.Path(site, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(name)
        command = [sys.executable, HERE.parent / "publish.py", site, bucket, outputs["DistributionId"]]
        subprocess.run(command, check=True)
    there = {}
    for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        head = s3.head_object(Bucket=bucket, Key=item["Key"])
        there[item["Key"]] = (head["ContentType"], head["CacheControl"])
    assert there == {
        "app_bg.wasm": ("application/wasm", "no-cache"),
        "fonts/heading.woff2": ("font/woff2", "no-cache"),
        "index.html": ("text/html", "no-cache"),
    }, there


def sign(outputs):
    """Has something as long as a digest of heads signed, as infra/README.md does, and looks at the key's public half."""
    kms, key, heads = boto3.client("kms"), outputs["HeadsKeyId"], bytes(47)
    how = {"KeyId": key, "Message": heads, "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}
    signature = kms.sign(**how)["Signature"]
    assert len(signature) == 64 and kms.verify(**how, Signature=signature)["SignatureValid"]
    public = kms.get_public_key(KeyId=key)["PublicKey"]
    # What says that it is Ed25519, and then the 32 bytes that `verify --key` takes.
    assert public.hex().startswith("302a300506032b6570032100") and len(public) == 44, public.hex()


def main():
    expanded, ministack = sys.argv[1:]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="none",
        AWS_SECRET_ACCESS_KEY="none",
    )
    emulator = subprocess.Popen(
        [ministack],
        env={**os.environ, "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            with socket.socket() as there:
                if there.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        whole = json.loads(pathlib.Path(expanded).read_text())
        template = known_to_the_emulator(whole)
        outputs = make_stack(template)
        publish(outputs)
        sign(outputs)
        print(f"{len(template['Resources'])} of {len(whole['Resources'])} resources")
    finally:
        emulator.terminate()
        emulator.wait()


main()
