//! The way to a server.

pub mod cleartext_http;
pub mod deprecated_transport;
pub mod local_http_exposure;
pub mod tls_verification_disabled;

use crate::rules::Rule;

/// The rules of this dimension.
pub(super) const RULES: &[&Rule] =
    &[&cleartext_http::RULE, &deprecated_transport::RULE, &local_http_exposure::RULE, &tls_verification_disabled::RULE];
