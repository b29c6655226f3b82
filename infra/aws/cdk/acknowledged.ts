// What cdk-nag finds and is right here as it is, with the reason. Anything else that it finds fails the synthesis.
import { Validations } from "aws-cdk-lib";
import type { CfnInclude } from "aws-cdk-lib/cloudformation-include";

const NO_BACKUP = "A backup would bring back who has been forgotten; see the table in the template.";
const IS_THE_QUEUE = "It is itself where failures go.";
const VERSIONS = "SAM keeps a version when the next one is published, which is what a roll-back needs; with the stack it goes.";

const ACKNOWLEDGED: [resource: string, id: string, reason: string][] = [
  ["FunctionPolicy", "AwsSolutions-IAM5[Resource::*]", "X-Ray knows no resources."],
  ["ProjectorRole", "AwsSolutions-IAM5[Resource::<Events.Arn>/stream/*]", "The streams of one table: a new stream has a new name."],
  [
    "CodeDeployServiceRole",
    "AwsSolutions-IAM4[Policy::arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda]",
    "SAM makes this role, with the policy that AWS keeps for it.",
  ],
  ["ProjectionFailures", "AwsSolutions-SQS3", IS_THE_QUEUE],
  ["PublisherRole", "AwsSolutions-IAM5[Resource::<Events.Arn>/stream/*]", "The streams of one table: a new stream has a new name."],
  ["PublisherRole", "AwsSolutions-IAM5[Resource::<AccountEvents.Arn>/stream/*]", "The streams of one table: a new stream has a new name."],
  ["ProjectorRole", "AwsSolutions-IAM5[Resource::<AccountEvents.Arn>/stream/*]", "The streams of one table: a new stream has a new name."],
  ["EraserRole", "AwsSolutions-IAM5[Resource::<Events.Arn>/stream/*]", "The streams of one table: a new stream has a new name."],
  ["PublicationFailures", "AwsSolutions-SQS3", IS_THE_QUEUE],
  ["ErasureFailures", "AwsSolutions-SQS3", IS_THE_QUEUE],
  ["BusFailures", "AwsSolutions-SQS3", IS_THE_QUEUE],
  ["AccountsDeadLetters", "AwsSolutions-SQS3", IS_THE_QUEUE],
  ["ProcessesDeadLetters", "AwsSolutions-SQS3", IS_THE_QUEUE],
  ["Keys", "AwsSolutions-DDB3", NO_BACKUP],
  ["Orders", "AwsSolutions-DDB3", NO_BACKUP],
  ["UserPool", "AwsSolutions-COG2", "Attendees choose whether they want a second factor; whoever must have one is told so in the notes."],
  ["UserPool", "AwsSolutions-COG8", "The plus plan costs several times as much a month and person."],
  ["SiteFiles", "AwsSolutions-S1", "Only CloudFront reads it, and what it holds is public."],
  ["Site", "AwsSolutions-CFR1", "Conferences are attended from everywhere."],
  ["Site", "AwsSolutions-CFR3", "A log of viewers is a log of their addresses; the API's access log has the routes."],
  ["Site", "AwsSolutions-CFR4", "TLS 1.2 is set for a domain of one's own; CloudFront's own certificate does not let one choose."],
  ["Site", "CloudFormation-Validate::F3014", "It reads both branches of the condition as if they stood together."],
];

export function acknowledge(template: CfnInclude): void {
  for (const [resource, id, reason] of ACKNOWLEDGED) {
    Validations.of(template.getResource(resource)).acknowledge({ id, reason });
  }
  for (const resource of template.node.children) {
    if (/Version[0-9a-f]{10}$/.test(resource.node.id)) {
      Validations.of(resource).acknowledge({ id: "CloudFormation-Validate::W3011", reason: VERSIONS });
    }
  }
}
