//! The site is served as the local gateway serves it, over TLS only, from a bucket that nobody else can read; and people
//! sign in to it and to nothing else.

use serde_json::{Value, json};
use tests::system::System;

use crate::template::{Template, list, spelled, target};

fn security_headers(template: &Template) -> &Value {
    let policy = template.resource("SecurityHeaders");
    &policy["Properties"]["ResponseHeadersPolicyConfig"]
}

/// A content security policy's directives, each with its values.
fn directives(policy: &str) -> Vec<Vec<&str>> {
    let mut directives: Vec<Vec<&str>> = policy
        .split(';')
        .map(|directive| directive.split_whitespace().collect())
        .collect();
    directives.sort();
    directives
}

#[tokio::test]
#[ignore = "infra/aws/check expands the template and runs this"]
async fn the_site_has_the_headers_that_it_has_on_this_machine() {
    let template = Template::read();
    let security = &security_headers(&template)["SecurityHeadersConfig"];
    let local = System::start().await.nobody().get("/").await.headers;
    let here = |name: &str| local[name].to_str().unwrap().to_owned();

    // The issuer is on the site's own address here, and on two hosts of Cognito's there.
    let there = spelled(&security["ContentSecurityPolicy"]["ContentSecurityPolicy"])
        .replace(" https://cognito-idp.{AWS::Region}.amazonaws.com", "")
        .replace(" https://{SignIn}.auth.{AWS::Region}.amazoncognito.com", "");
    assert_eq!(
        directives(&there),
        directives(&here("content-security-policy"))
    );
    assert_eq!(
        security["ReferrerPolicy"]["ReferrerPolicy"],
        here("referrer-policy")
    );
    assert_eq!(here("x-content-type-options"), "nosniff");
    assert_eq!(security["ContentTypeOptions"]["Override"], true);
    let custom = &security_headers(&template)["CustomHeadersConfig"]["Items"];
    let opener = list(custom)
        .iter()
        .find(|item| item["Header"] == "cross-origin-opener-policy");
    assert_eq!(opener.unwrap()["Value"], here("cross-origin-opener-policy"));
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn browsers_keep_to_tls_and_frame_the_site_nowhere() {
    let template = Template::read();
    let security = &security_headers(&template)["SecurityHeadersConfig"];
    let seconds = security["StrictTransportSecurity"]["AccessControlMaxAgeSec"].as_u64();
    assert!(seconds.is_some_and(|seconds| seconds >= 31_536_000));
    assert_eq!(security["FrameOptions"]["FrameOption"], "DENY");
    for header in security.as_object().unwrap().values() {
        assert_eq!(header["Override"], true);
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn site_and_api_are_one_address_with_the_same_headers() {
    let template = Template::read();
    let config = &template.resource("Site")["Properties"]["DistributionConfig"];
    let site = &config["DefaultCacheBehavior"];
    let [api] = list(&config["CacheBehaviors"]) else {
        panic!("one path is the API's");
    };
    for (behavior, protocol) in [(site, "redirect-to-https"), (api, "https-only")] {
        assert_eq!(behavior["ViewerProtocolPolicy"], protocol);
        assert_eq!(
            target(&behavior["ResponseHeadersPolicyId"]),
            "SecurityHeaders"
        );
    }
    assert_eq!(api["PathPattern"], "/api/*");
    for method in ["GET", "POST", "PATCH"] {
        assert!(
            list(&api["AllowedMethods"]).contains(&method.into()),
            "{method}"
        );
    }
    // AWS's own policies CachingDisabled, and AllViewerExceptHostHeader, without which no token arrives.
    assert_eq!(api["CachePolicyId"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
    assert_eq!(
        api["OriginRequestPolicyId"],
        "b689b0a8-53d0-40ab-baf2-38738e2966ac"
    );
    let origins = list(&config["Origins"]);
    let leads_to = |behavior: &Value| {
        let origin = origins
            .iter()
            .find(|origin| origin["Id"] == behavior["TargetOriginId"]);
        spelled(&origin.unwrap()["DomainName"])
    };
    assert_eq!(leads_to(site), "{SiteFiles.RegionalDomainName}");
    assert!(leads_to(api).starts_with("{Api}.execute-api."));
    // A page in place of an error would also stand in place of the API's own 404.
    assert!(config["CustomErrorResponses"].is_null());
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn only_the_distribution_reads_the_bucket() {
    let template = Template::read();
    let config = &template.resource("Site")["Properties"]["DistributionConfig"];
    let files = &list(&config["Origins"])[0];
    assert_eq!(target(&files["OriginAccessControlId"]), "SiteAccess");
    let blocks = &template.resource("SiteFiles")["Properties"]["PublicAccessBlockConfiguration"];
    assert_eq!(
        *blocks,
        json!({ "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true })
    );
    let policy = &template.resource("SiteFilesPolicy")["Properties"]["PolicyDocument"];
    let allows = list(&policy["Statement"])
        .iter()
        .filter(|said| said["Effect"] == "Allow");
    for said in allows {
        assert_eq!(
            said["Principal"],
            json!({ "Service": "cloudfront.amazonaws.com" })
        );
        let from = spelled(&said["Condition"]["StringEquals"]["aws:SourceArn"]);
        assert!(from.ends_with("distribution/{Site}"), "{said}");
    }
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn people_sign_in_to_the_site_by_code_and_without_a_secret() {
    let template = Template::read();
    let client = &template.resource("WebClient")["Properties"];
    assert_eq!(client["GenerateSecret"], false);
    assert_eq!(client["AllowedOAuthFlows"], json!(["code"]));
    assert_eq!(
        client["AllowedOAuthScopes"],
        json!(["openid", "email", "profile"])
    );
    assert_eq!(
        client["ExplicitAuthFlows"],
        json!(["ALLOW_REFRESH_TOKEN_AUTH"])
    );
    assert_eq!(client["PreventUserExistenceErrors"], "ENABLED");
    let back = |list_of: &str| {
        list(&client[list_of])
            .iter()
            .map(spelled)
            .collect::<Vec<_>>()
    };
    // Exactly where the web app asks to be sent.
    assert_eq!(back("CallbackURLs"), ["https://{SiteDomain}/signed-in"]);
    assert_eq!(back("LogoutURLs"), ["https://{SiteDomain}/"]);
    assert_eq!(
        template.resource("UserPool")["Properties"]["DeletionProtection"],
        "ACTIVE"
    );
}

#[test]
#[ignore = "infra/aws/check expands the template and runs this"]
fn the_groups_are_those_that_the_functions_know() {
    let template = Template::read();
    let groups = template.all("AWS::Cognito::UserPoolGroup");
    let mut groups: Vec<_> = groups
        .map(|(_, group)| spelled(&group["Properties"]["GroupName"]))
        .collect();
    groups.sort();
    assert_eq!(groups, ["operator", "organizer"]);
}
