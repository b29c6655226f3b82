//! The pages that this machine serves beside the web app, for what belongs to others in AWS: in the product's look, and
//! plain HTML without script, so that they work under the strictest content security policy.

use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};

const STYLE: &str = include_str!("page.css");

/// The address of the pages' style sheet.
pub fn routes() -> Router {
    Router::new().route("/page.css", get(style))
}

async fn style() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, STYLE)
}

/// A page with this content, which is HTML.
pub fn page(title: &str, content: &str) -> Html<String> {
    let title = escape(title);
    let values = [("title", title.as_str()), ("content", content)];
    Html(fill(include_str!("page.html"), &values))
}

/// The page of a link that leads nowhere, with a link to the start page.
pub fn dead_end(title: &str, reason: &str, way_out: &str) -> Html<String> {
    let values = [
        ("title", escape(title)),
        ("reason", escape(reason)),
        ("way_out", escape(way_out)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    page(title, &fill(include_str!("dead_end.html"), &values))
}

/// Put the values into the template's braces, in one pass: a value that holds braces is never looked at again.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        page.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        page.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Text as HTML that shows it, in an element or in the quotes of an attribute.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_text_and_nothing_else() {
        let hostile = r#""><script>alert('{title}')</script>"#;
        let Html(page) = dead_end(hostile, hostile, hostile);
        assert!(!page.contains("<script"));
        assert_eq!(page.matches("alert(&#39;{title}&#39;)").count(), 4);
    }

    #[test]
    fn a_page_has_no_inline_style_or_script_and_no_brace_is_left() {
        let Html(page) = dead_end("A", "B", "C");
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("<script"));
        assert!(!page.contains('{') && !page.contains('}'));
    }
}
