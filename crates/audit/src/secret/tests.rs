use super::*;

fn confidence(name: &str, value: &str) -> Option<Confidence> {
    judge(name, value).map(|verdict| verdict.confidence)
}

#[test]
fn references_and_placeholders_are_none() {
    for value in ["", "${X}", "$GITHUB_TOKEN", "op://a/b/c", "keychain:x-1", "<your-key>", "xxxx", "changeme", "ghp_xxxxxxxxxxxxxxxxxxxx", "sk-…", "Bearer ${T}"] {
        assert_eq!(judge("API_TOKEN", value), None, "{value}");
    }
}
