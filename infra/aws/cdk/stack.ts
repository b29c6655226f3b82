// The stack for those who deploy with the CDK. It adds nothing: the template beside this folder is the one source, and
// ../check expands it to the file that is included here.
import { fileURLToPath } from "node:url";
import { Stack, type StackProps } from "aws-cdk-lib";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import type { Construct } from "constructs";

export const EXPANDED = fileURLToPath(new URL("../../../target/aws/expanded.json", import.meta.url));

export class Plenary extends Stack {
  readonly template: CfnInclude;

  constructor(scope: Construct, id: string, props?: StackProps & { templateFile?: string }) {
    super(scope, id, props);
    this.template = new CfnInclude(this, "Template", { templateFile: props?.templateFile ?? EXPANDED });
  }
}
