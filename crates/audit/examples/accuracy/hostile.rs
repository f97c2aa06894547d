use crate::collection::File;
pub(crate) fn measure(_: &[File]) -> anyhow::Result<bool> {
    Ok(true)
}
