//! Names of variables that decide which code a program loads, or which place
//! it talks to.
//!
//! A table of facts; compared without regard to case, because Windows does so
//! and proxies are written both ways everywhere.

/// The dynamic loaders' and the C library's own.
const PREFIXES: &[&str] = &[
    "LD_",
    "DYLD_",
    // Interpreters and their package runners.
    "NODE_REPL_",
    "PYTHON",
    "PERL5",
    "BUN_",
    "DENO_",
    "UV_",
    "PIP_",
    "PIPX_",
    "NPM_CONFIG_",
    "YARN_",
    "PNPM_",
    // `GIT_SSH_COMMAND`, `GIT_EXTERNAL_DIFF`, `GIT_CONFIG_*` run commands.
    "GIT_",
    // Functions that bash exports and imports.
    "BASH_FUNC_",
];

const NAMES: &[&str] = &[
    "GLIBC_TUNABLES",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "ELECTRON_RUN_AS_NODE",
    "PERLLIB",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CLASSPATH",
    "BASH_ENV",
    "ENV",
    "IFS",
    "SHELLOPTS",
    "SSH_ASKPASS",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "OPENSSL_CONF",
    // Programs read their configuration, and so their code, below these.
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_HOME",
    "XDG_DATA_DIRS",
];

/// `OPENAI_BASE_URL` and its like decide who receives the key.
const SUFFIXES: &[&str] = &["_BASE_URL"];

/// Variables that make a program load other code or talk to another place:
/// `LD_*`, `DYLD_*`, `NODE_OPTIONS`, `PYTHON*`, `BASH_ENV`, proxies, CAs,
/// package registries … Never inherited unless the value was approved.
pub fn is_loader(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    NAMES.contains(&name.as_str())
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loader_variables_are_told_from_others() {
        let loaders = "LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES GLIBC_TUNABLES NODE_OPTIONS NODE_PATH \
            NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_REPL_EXTERNAL_MODULE ELECTRON_RUN_AS_NODE PYTHONPATH \
            PYTHONSTARTUP PYTHONHOME PERL5LIB PERL5OPT PERLLIB RUBYOPT RUBYLIB JAVA_TOOL_OPTIONS _JAVA_OPTIONS \
            JDK_JAVA_OPTIONS CLASSPATH BASH_ENV ENV BASH_FUNC_ls%% IFS SHELLOPTS GIT_SSH_COMMAND GIT_DIR SSH_ASKPASS \
            npm_config_registry NPM_CONFIG_REGISTRY Npm_Config_userconfig YARN_REGISTRY PNPM_HOME BUN_INSTALL DENO_DIR \
            UV_INDEX_URL PIP_INDEX_URL PIPX_HOME DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_CERT_PATH \
            DOCKER_TLS_VERIFY CONTAINER_HOST HTTP_PROXY http_proxy HTTPS_PROXY https_proxy ALL_PROXY all_proxy FTP_PROXY \
            no_proxy SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE OPENSSL_CONF OPENAI_BASE_URL \
            XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS";
        for name in loaders.split_whitespace() {
            assert!(is_loader(name), "{name}");
        }
        let others = "MAX_TOKENS GITHUB_TOKEN LANG LC_ALL TERM ENVIRONMENT NODE_ENV HOME PATH USER BASE_URLS OLD_PATH \
            DOCKER_TOKEN NODEPATH XDG_RUNTIME_DIR WILD_CARD GITLAB_TOKEN PIPELINE DISPLAY TMPDIR";
        for name in others.split_whitespace() {
            assert!(!is_loader(name), "{name}");
        }
    }
}
