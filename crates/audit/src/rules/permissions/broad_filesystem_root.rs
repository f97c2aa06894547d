pub(crate) fn is_broad(_env: &crate::env::Env, _text: &str) -> bool { unimplemented!() }
