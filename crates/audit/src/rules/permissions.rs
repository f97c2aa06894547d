pub(crate) mod broad_filesystem_root;
