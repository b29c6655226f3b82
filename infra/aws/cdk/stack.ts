// The stack for those who deploy with the CDK. The template beside this folder stays its one source: what is included
// here is its expansion, which ../check makes, and the built functions are all that is added.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Stack, type StackProps } from "aws-cdk-lib";
import type { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import type { Construct } from "constructs";
import { acknowledge } from "./acknowledged.ts";

const target = (path: string) => fileURLToPath(new URL(`../../../target/${path}`, import.meta.url));

export const EXPANDED = target("aws/expanded.json");
const { Resources } = JSON.parse(readFileSync(EXPANDED, "utf8")) as { Resources: Record<string, { Type: string }> };
export const FUNCTIONS = Object.keys(Resources).filter((name) => Resources[name].Type === "AWS::Lambda::Function");

export class Plenary extends Stack {
  readonly template: CfnInclude;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.template = new CfnInclude(this, "Template", { templateFile: EXPANDED });
    acknowledge(this.template);
    for (const name of FUNCTIONS) {
      const folder = target(`lambda/${name.toLowerCase()}`);
      if (existsSync(`${folder}/bootstrap`)) {
        this.deployFrom(folder, name);
      }
    }
  }

  /** Only what was expanded after it was built: the function's version is made anew when its code's name changes. */
  private deployFrom(folder: string, name: string): void {
    const code = this.template.getResource(name) as CfnFunction;
    const hash = createHash("sha256").update(readFileSync(`${folder}/bootstrap`)).digest("hex");
    const expected = (code.code as { s3Key?: string }).s3Key;
    if (!expected?.includes(hash.slice(0, 32))) {
      throw new Error(`${name} was built after the template was expanded; run infra/aws/check again.`);
    }
    const asset = new Asset(this, `${name}Code`, { path: folder });
    code.code = { s3Bucket: asset.s3BucketName, s3Key: asset.s3ObjectKey };
  }
}
