import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { Plenary } from "./stack.ts";

const app = new App();
new Plenary(app, "plenary");
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
