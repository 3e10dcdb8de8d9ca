"""Every output of infrastructure code is taken by its own tool, and means the policy there: read back by polgen it is equal by proof."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STACK = {"AWS::AccountId": "111122223333", "AWS::Region": "eu-central-1", "AWS::Partition": "aws"}
POLICIES = {
    "plain": [
        {"Sid": "Read", "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"],
         "Resource": "arn:aws:dynamodb:eu-central-1:111122223333:table/orders"},
        {"Sid": "Key", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-central-1:111122223333:key/k",
         "Condition": {"StringEquals": {"kms:ViaService": "sqs.eu-central-1.amazonaws.com"}}},
        {"Sid": "Trace", "Effect": "Allow", "Action": "xray:PutTraceSegments", "Resource": "*"},
    ],
    "variables": [
        {"Effect": "Allow", "Action": "s3:GetObject",
         "Resource": ["arn:aws:s3:::acme/${aws:username}/*", "arn:aws:s3:::acme/${*}${?}${$}{x}"],
         "Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333"}}},
        {"Effect": "Deny", "Action": "s3:DeleteObject", "NotResource": "arn:aws:s3:::acme/tmp/*"},
    ],
    "hostile": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::acme/" + name for name in (
            "a\"b", "it's", "back`tick", "back\\slash\\u0041", "%{if}", "%%{", "$%{x}", "#{x}", "{{x}}", "a: b #c", "é\u00ff", "*/ // -->",
            "tab\there", "EOF", "a$", "<%= x %>", "line\nend", "!Sub",
        )]},
    ],
}


@pytest.fixture(scope="session")
def tools():
    if "ORACLE" not in os.environ:
        pytest.skip("SKIPPED: there is no Node")
    return Path(os.environ["ORACLE"]).parent


@pytest.fixture(params=POLICIES)
def case(request, tmp_path):
    policy = {"Version": "2012-10-17", "Statement": POLICIES[request.param]}
    run = subprocess.run([os.environ["CODE"]], input=json.dumps(policy), capture_output=True, text=True, check=True)
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy))
    return json.loads(run.stdout), path


def relation(path, name, policy):
    parameters = [word for key, value in STACK.items() for word in ("--parameter", f"{key}={value}")]
    command = [os.environ["POLGEN"], "diff", f"{path}#{name}", str(policy), "--format", "json", *parameters]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)["relation"]


def ran(*command, cwd):
    run = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("tool", ["cloudformation", "sam"])
def test_templates_pass_cfn_lint(case, tool, tmp_path):
    outputs, policy = case
    path = tmp_path / "template.yaml"
    path.write_text(outputs[tool])
    # Warnings about style are not errors; the region does not matter for IAM.
    ran(str(Path(sys.executable).parent / "cfn-lint"), "--non-zero-exit-code", "error", str(path), cwd=tmp_path)
    assert relation(path, "AppAccessPolicy", policy) == "equal"


def test_terraform_is_parsed_and_formatted(case, tools, tmp_path):
    outputs, policy = case
    path = tmp_path / "main.tf"
    path.write_text(outputs["terraform"])
    parsed = json.loads(ran("node", str(tools / "code.mjs"), "hcl", str(path), cwd=tools))
    assert set(parsed["resource"]) == {"aws_iam_policy", "aws_iam_role_policy_attachment"}
    assert relation(path, "aws_iam_policy.app_access", policy) == "equal"
    if shutil.which("terraform"):
        ran("terraform", "fmt", "-check", "-diff", str(path), cwd=tmp_path)


def test_typescript_is_compiled_and_synthesized(case, tools, tmp_path):
    outputs, policy = case
    (tmp_path / "node_modules").symlink_to(tools / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "app.ts").write_text(outputs["cdk-typescript"])
    options = {"target": "es2022", "module": "nodenext", "strict": True, "noUnusedLocals": True, "skipLibCheck": True, "types": [],
               "outDir": "out", "rootDir": "."}
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["app.ts"]}))
    ran("node", "node_modules/typescript/bin/tsc", "-p", ".", cwd=tmp_path)
    template = json.loads(ran("node", str(tools / "code.mjs"), "synth", str(tmp_path / "out/app.js"), cwd=tmp_path))
    path = tmp_path / "synthesized.json"
    path.write_text(json.dumps(template))
    (name,) = (key for key, value in template["Resources"].items() if value["Type"] == "AWS::IAM::ManagedPolicy")
    assert relation(path, name, policy) == "equal"


# Stands for the modules of Pulumi, whose packages come to several hundred megabytes: just what an output uses of them.
PULUMI = """
declare module '@pulumi/pulumi' {
  export interface Output<T> { readonly value: T }
  export type Input<T> = T | Output<T>;
  export function interpolate(literals: TemplateStringsArray, ...values: Input<unknown>[]): Output<string>;
  export function jsonStringify(value: unknown): Output<string>;
}
declare module '@pulumi/aws' {
  import { Input, Output } from '@pulumi/pulumi';
  export function getCallerIdentityOutput(): { accountId: Output<string> };
  export function getPartitionOutput(): { partition: Output<string> };
  export function getRegionOutput(): { id: Output<string> };
  export namespace iam {
    class Policy { constructor(name: string, args: { name?: Input<string>; policy: Input<string> }); readonly arn: Output<string>; }
    class RolePolicyAttachment { constructor(name: string, args: { role: Input<string>; policyArn: Input<string> }); }
  }
}
"""
RUNTIME = """
const known = { account: '111122223333', region: 'eu-central-1', partition: 'aws' };
export const interpolate = (literals, ...values) => literals.reduce((text, part, index) => text + values[index - 1] + part);
export const jsonStringify = (value) => JSON.stringify(value);
export const getCallerIdentityOutput = () => ({ accountId: known.account });
export const getPartitionOutput = () => ({ partition: known.partition });
export const getRegionOutput = () => ({ id: known.region });
export const iam = {
  Policy: class { arn = 'arn'; constructor(name, { policy }) { process.stdout.write(policy); } },
  RolePolicyAttachment: class {},
};
"""


def test_pulumi_is_compiled_and_gives_the_policy(case, tools, tmp_path):
    outputs, policy = case
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "main.ts").write_text(outputs["pulumi-typescript"])
    (tmp_path / "pulumi.d.ts").write_text(PULUMI)
    options = {"target": "es2022", "module": "esnext", "moduleResolution": "bundler", "strict": True, "types": [], "outDir": "out"}
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["main.ts", "pulumi.d.ts"]}))
    ran("node", str(tools / "node_modules/typescript/bin/tsc"), "-p", ".", cwd=tmp_path)
    for name in ("aws", "pulumi"):
        package = tmp_path / "node_modules/@pulumi" / name
        package.mkdir(parents=True)
        (package / "package.json").write_text('{"type": "module", "main": "index.js"}')
        (package / "index.js").write_text(RUNTIME)
    made = tmp_path / "made.json"
    made.write_text(ran("node", "out/main.js", cwd=tmp_path))
    run = subprocess.run([os.environ["POLGEN"], "diff", str(made), str(policy), "--format", "json"], capture_output=True, text=True)
    assert json.loads(run.stdout)["relation"] == "equal", run.stderr


# Stands for the modules of the CDK in Python, which drive the same JavaScript as above: it keeps what statements are made with.
CDK = """
import json, types, sys
from types import SimpleNamespace as Space
kept = []
class Statement:
    def __init__(self, **words):
        names = {"sid": "Sid", "effect": "Effect", "actions": "Action", "not_actions": "NotAction", "resources": "Resource",
                 "not_resources": "NotResource", "conditions": "Condition"}
        kept.append({"Effect": "Allow", **{names[key]: value for key, value in words.items()}})
class Construct:
    def __init__(self, scope, construct_id): pass
iam = Space(PolicyStatement=Statement, ManagedPolicy=lambda *_, **__: None, Effect=Space(DENY="Deny"),
            Role=Space(from_role_name=lambda *_: None))
stack = Space(account="111122223333", region="eu-central-1", partition="aws")
sys.modules["aws_cdk"] = Space(aws_iam=iam, Stack=Space(of=lambda _: stack))
sys.modules["constructs"] = Space(Construct=Construct)
"""


def test_python_is_run_and_gives_the_policy(case, tmp_path):
    outputs, policy = case
    (tmp_path / "app.py").write_text(outputs["cdk-python"])
    end = "import app\napp.AppAccess(None, 'Access')\nprint(json.dumps({'Version': '2012-10-17', 'Statement': kept}))\n"
    (tmp_path / "run.py").write_text(CDK + end)
    made = tmp_path / "made.json"
    made.write_text(ran(sys.executable, "run.py", cwd=tmp_path))
    run = subprocess.run([os.environ["POLGEN"], "diff", str(made), str(policy), "--format", "json"], capture_output=True, text=True)
    assert json.loads(run.stdout)["relation"] == "equal", run.stderr


def test_the_shell_takes_the_commands(case, tmp_path):
    outputs, policy = case
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    # Stands for the command line: it keeps the document that it is given.
    (bin_folder / "aws").write_text(f"#!{sys.executable}\nimport sys\nif 'create-policy' in sys.argv:\n    "
                                    "open('made.json', 'w').write(sys.argv[sys.argv.index('--policy-document') + 1])\n    print('arn')\n")
    (bin_folder / "aws").chmod(0o755)
    (tmp_path / "run.sh").write_text(outputs["aws-cli"])
    environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}"}
    subprocess.run(["sh", "run.sh"], cwd=tmp_path, env=environment, check=True)
    run = subprocess.run([os.environ["POLGEN"], "diff", str(tmp_path / "made.json"), str(policy), "--format", "json"], capture_output=True, text=True)
    assert json.loads(run.stdout)["relation"] == "equal", run.stderr
