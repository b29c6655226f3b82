import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { EXPANDED, FUNCTIONS, Plenary } from "./stack.ts";

const expanded = JSON.parse(readFileSync(EXPANDED, "utf8"));
const template = Template.fromStack(new Plenary(new App(), "plenary"));

test("the CDK deploys what SAM deploys, resource by resource", () => {
  const synthesized = template.toJSON();
  // The functions' code is the CDK's own asset, where they are built.
  for (const name of FUNCTIONS) {
    synthesized.Resources[name].Properties.Code = expanded.Resources[name].Properties.Code;
    delete synthesized.Resources[name].Metadata["aws:asset:path"];
  }
  assert.deepEqual(synthesized.Resources, expanded.Resources);
  assert.deepEqual(synthesized.Outputs, expanded.Outputs);
  for (const [name, parameter] of Object.entries(expanded.Parameters)) {
    assert.deepEqual(synthesized.Parameters[name], parameter);
  }
});

test("each table outlives the stack", () => {
  template.resourceCountIs("AWS::DynamoDB::Table", 17);
  template.allResources("AWS::DynamoDB::Table", {
    DeletionPolicy: "Retain",
    Properties: { DeletionProtectionEnabled: true, SSESpecification: { SSEType: "KMS" } },
  });
});

test("each mapping reports what failed, and those of streams hand it on", () => {
  template.allResourcesProperties("AWS::Lambda::EventSourceMapping", {
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  template.resourcePropertiesCountIs("AWS::Lambda::EventSourceMapping", {
    DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
  }, 5);
});

// The function at the edge is code as well, so it is run.
const source = String(expanded.Resources.SiteEdge.Properties.FunctionCode["Fn::Sub"])
  .replace("${UserPool.ProviderURL}", "https://issuer.example/pool")
  .replace("${WebClient}", "web");
const atTheEdge = (uri: string) => runInNewContext(`${source}; handler(event)`, { event: { request: { uri } } });

test("the app's own addresses lead to its page, and files to themselves", () => {
  for (const address of ["/", "/orders/42", "/conferences/rust-week", "/signed-in"]) {
    assert.equal(atTheEdge(address).uri, "/index.html");
  }
  for (const file of ["/app_bg.wasm", "/fonts/familjen-grotesk.woff2", "/missing.js"]) {
    assert.equal(atTheEdge(file).uri, file);
  }
});

test("the app is told where people sign in", () => {
  const answer = atTheEdge("/config.json");
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(JSON.parse(answer.body), { issuer: "https://issuer.example/pool", client_id: "web" });
});
