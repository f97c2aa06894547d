#![doc = include_str!("lookalike_domain.md")]

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_security::MixedScript;

use super::{domains, remotes};
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::endpoint::Distance;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, offer, place};

pub const RULE: Rule = Rule {
    id: "lookalike-domain",
    title: "Address that imitates a vendor's",
    dimension: Dimension::Remote,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP09", "CWE-1007"],
    docs: include_str!("lookalike_domain.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for remote in remotes(machine, found, Check::HostClass) {
        let Some(name) = remote.name().filter(|_| remote.distance == Distance::Far) else { continue };
        let Some(imitation) = imitated(name) else { continue };
        let host = named(name);
        let message = match imitation {
            Imitation::Of(vendor) => format!("{host} looks like {vendor} and is not it."),
            Imitation::Mixed => format!(
                "{host} is shown as {}, written with letters of several scripts that look alike.",
                named(&url::quirks::domain_to_unicode(name))
            ),
        };
        let place = place::text(machine, remote.server, remote.address.text);
        let finding = found.add(machine, &RULE, Some(remote.index), place, Confidence::Medium, message);
        offer::off(machine, remote.server, finding, Safety::Review);
    }
}

/// What a name pretends to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Imitation {
    /// The domain of a vendor.
    Of(&'static str),
    /// Letters of several scripts in one word.
    Mixed,
}

/// Of a name that is no vendor's own. The same word below another ending is
/// none: vendors have domains for countries.
pub(super) fn imitated(name: &str) -> Option<Imitation> {
    // Longer ones are no names.
    if name.len() > 253 || domains::vendor(name).is_some() {
        return None;
    }
    if let Some(vendor) = worn(name) {
        return Some(Imitation::Of(vendor));
    }
    let own = word(name)?;
    // `xn--…` as it is shown to people.
    let shown = if own.starts_with("xn--") { url::quirks::domain_to_unicode(own) } else { own.to_owned() };
    let bare = bare(&shown);
    if let Some(vendor) = BARE.get(bare.as_str())
        && word(vendor) != Some(&shown)
    {
        return Some(Imitation::Of(vendor));
    }
    if let Some((_, vendor)) = WORDS.iter().find(|(word, _)| is_slip(&shown, word)) {
        return Some(Imitation::Of(vendor));
    }
    (!shown.is_ascii() && !shown.is_single_script()).then_some(Imitation::Mixed)
}

/// A vendor's whole domain in front of another one: `stripe.com.example.net`.
fn worn(name: &str) -> Option<&'static str> {
    let domain = psl::domain_str(name)?;
    let mut front = name.strip_suffix(domain)?.strip_suffix('.')?;
    // The last label of the front has to end a vendor's domain.
    loop {
        if let Some((vendor, _)) = DOMAINS.get_key_value(front) {
            return Some(vendor);
        }
        front = front.split_once('.')?.1;
    }
}

/// The word that somebody registered: `example` of `mcp.example.co.uk`.
fn word(name: &str) -> Option<&str> {
    psl::domain_str(name)?.split('.').next()
}

/// As the eye sees it (UTS #39), without the difference of case.
fn bare(text: &str) -> String {
    unicode_security::skeleton(text).flat_map(char::to_lowercase).collect()
}

/// By domain.
static DOMAINS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| domains::vendors().collect());

/// The words of the vendors' domains, each with its domain.
static WORDS: LazyLock<Vec<(&str, &str)>> =
    LazyLock::new(|| domains::vendors().filter_map(|(domain, _)| Some((word(domain)?, domain))).collect());

/// The words as the eye sees them. Two letters are too few to be mistaken for anybody.
static BARE: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
    let long = WORDS.iter().filter(|(word, _)| word.len() >= 4);
    long.map(|(word, domain)| (bare(word), *domain)).collect()
});

/// Whether `text` is `word` with one slip of a finger. Words of few letters
/// have neighbours that are words too, so of those only swapped and doubled
/// letters count.
fn is_slip(text: &str, word: &str) -> bool {
    const ANY: usize = 8;
    const SOME: usize = 6;
    let (a, b) = (text.as_bytes(), word.as_bytes());
    if b.len() < SOME || a.len().abs_diff(b.len()) > 1 || a == b {
        return false;
    }
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let longest = a.len().min(b.len()) - head;
    let tail = a.iter().rev().zip(b.iter().rev()).take(longest).take_while(|(a, b)| a == b).count();
    let (a_left, b_left) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    match (a_left, b_left) {
        ([x, y], [v, w]) => x == w && y == v,
        ([_], [_]) => b.len() >= ANY,
        // Left out; or doubled, or any other one put in.
        ([], [_]) => b.len() >= ANY,
        ([x], []) => b.len() >= ANY || head.checked_sub(1).is_some_and(|before| a[before] == *x),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn imitations_are_found() {
        for url in [
            "https://mcp.supabsae.com/mcp",
            "https://mcp.suppabase.com/mcp",
            "https://mcp.atlasian.com/v1/sse",
            "https://mcp.cloudfIare.com/mcp",
            "https://mcp.paypa1.com/mcp",
            "https://g00gle.com/mcp",
            "https://mcp.gihtub.com/mcp",
            "https://mcp.stripe.com.example.net/mcp",
            // Cyrillic letters in the place of Latin ones.
            "https://mcp.sl\u{430}ck.com/mcp",
            "https://mcp.ex\u{430}mple.com/mcp",
        ] {
            fires(&RULE, &format!(r#"{{ "url": "{url}" }}"#));
        }
    }

    #[test]
    fn vendors_their_countries_gateways_and_neighbours_are_not() {
        for url in [
            "https://mcp.supabase.com/mcp",
            "https://mcp.stripe.dev/mcp",
            "https://mcp.atlassian.co.uk/mcp",
            "https://github.mcp.example.com/mcp",
            "https://context7.example.net/mcp",
            "https://github-tools.com/mcp",
            "https://nation.com/mcp",
            "https://strip.com/mcp",
            "https://m\u{fc}nchen.de/mcp",
            "https://\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440}.com/mcp",
            "https://stripe.com.proxy.corp/mcp",
            "http://localhost:3000/mcp",
        ] {
            silent(&RULE, &format!(r#"{{ "url": "{url}" }}"#));
        }
    }

    #[test]
    fn no_vendor_imitates_another() {
        for (domain, _) in domains::vendors() {
            assert_eq!(imitated(&format!("mcp.{domain}")), None, "{domain}");
        }
    }

    #[test]
    fn it_can_be_switched_off() {
        let seen = look(&entry(r#"{ "url": "https://mcp.supabsae.com/mcp" }"#));
        assert_eq!(seen.fixes(&RULE), [("off", Safety::Review)]);
    }
}
