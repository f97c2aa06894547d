//! Whose certificate is believed.

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use warder_launch::command::seal_inherited;

use super::server::{Server, opening};
use super::{Session, World};

/// A server with a certificate that nobody has signed, and that certificate.
fn server() -> (Server, String) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let provider = rustls::crypto::ring::default_provider().into();
    let tls = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key).unwrap();
    let server = Server::encrypted(tls, |request, mut reply| {
        opening(request, &mut reply);
    });
    (server, own.cert.pem())
}

#[test]
fn a_certificate_of_ones_own_counts_only_as_approved() {
    let ((server, pem), world) = (server(), World::new());
    let file = world.home().join("own.pem");
    std::fs::write(&file, pem).unwrap();
    let file = file.to_str().unwrap();
    let mut profile = world.profile(&server.url(), false, &[("Authorization", "Bearer made-up")]);

    let place = server.origin.trim_start_matches("https://");
    let refused = |session: &mut Session| {
        session.request(1, "initialize", json!({}));
        let said = session.answer(1).0["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(
            said,
            format!(
                "demo: cannot reach {place}: its certificate is not accepted (invalid peer certificate: UnknownIssuer)"
            )
        );
    };
    refused(&mut Session::start(&mut world.entry(&profile)));
    // In a config it stands like any other variable; nobody agreed to that.
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let value = if name.ends_with("DIR") { world.home().to_str().unwrap() } else { file };
        refused(&mut Session::start(world.entry(&profile).env(name, value)));
    }
    assert!(server.asked().is_empty());

    let seal = seal_inherited(&profile.id, "SSL_CERT_FILE", file);
    profile.approved.inherited.insert("SSL_CERT_FILE".to_owned(), seal);
    let mut session = Session::start(world.entry(&profile).env("SSL_CERT_FILE", file));
    session.open();
    assert_eq!(session.end().2, "");
    assert_eq!(server.asked()[0].header("authorization"), Some("Bearer made-up"));

    std::fs::write(file, "no certificate").unwrap();
    let output = world.entry(&profile).env("SSL_CERT_FILE", file).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    let said = "warder-relay: did not start demo: the certificates in SSL_CERT_FILE cannot be read\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
}
