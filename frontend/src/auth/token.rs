//! Reading a JWT's claims, and the base64url that JWTs and PKCE are written in.
//!
//! Signatures are not checked here: the token came straight from the token endpoint (OpenID Connect Core 3.1.3.7), and
//! each function checks it again.

use serde_json::Value;

/// What a token says.
pub(super) fn claims(token: &str) -> Option<Value> {
    let payload = token.split('.').nth(1)?;
    let claims = String::from_utf8(decode_base64url(payload)?).ok()?;
    serde_json::from_str(&claims).ok()
}

/// Whether the person is in one of these groups, by the identity provider's name for them.
pub(super) fn has_group(claims: &Value, groups: &[&str]) -> bool {
    let named = claims.get("cognito:groups").and_then(Value::as_array);
    let mut named = named.into_iter().flatten().filter_map(Value::as_str);
    named.any(|name| groups.contains(&name))
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64url without padding (RFC 4648, section 5).
pub(super) fn encode_base64url(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut bits = [0; 4];
        bits[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(bits);
        for place in 0..=chunk.len() {
            let sextet = bits >> (18 - 6 * place) & 63;
            text.push(ALPHABET[sextet as usize].into());
        }
    }
    text
}

fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut bits = 0_u32;
    let mut held = 0;
    for letter in text.trim_end_matches('=').bytes() {
        let sextet = ALPHABET.iter().position(|known| *known == letter)?;
        bits = bits << 6 | sextet as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_is_that_of_the_rfc_without_padding() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode_base64url(plain.as_bytes()), encoded);
            assert_eq!(decode_base64url(encoded).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(encode_base64url(&[0xfb, 0xff]), "-_8");
        assert_eq!(decode_base64url("a b"), None);
    }

    #[test]
    fn claims_are_read_from_the_middle_part() {
        let payload =
            r#"{"iss":"https://id.example","aud":"app","nonce":"n","name":"Zoë","sub":"1"}"#;
        let token = format!("e30.{}.sig", encode_base64url(payload.as_bytes()));
        assert_eq!(claims(&token).unwrap()["name"], "Zoë");
        assert!(claims("not a token").is_none());
    }

    #[test]
    fn groups_are_a_list_or_not_there() {
        let claims = serde_json::json!({"cognito:groups": ["organizer"]});
        assert!(has_group(&claims, &["organizer", "operator"]));
        assert!(!has_group(&claims, &["operator"]));
        assert!(!has_group(&serde_json::json!({}), &["organizer"]));
    }
}
