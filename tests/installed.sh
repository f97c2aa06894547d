#!/bin/bash
# Installs a deb for real, with dpkg, into a copy of this machine that is thrown
# away: an overlay in a mount namespace of its own. Does the main job there as a
# user would, beside a real keyring, removes the package, and looks whether the
# wrapped entry still starts.
#
#   sudo tests/installed.sh target/package/warder_0.1.0_amd64.deb
set -euo pipefail
deb=$(realpath "$1")
tests=$(cd "$(dirname "$0")" && pwd)

if [ -z "${INSTALLED:-}" ]; then
    INSTALLED=$(mktemp -d)
    export INSTALLED
    # Empty: what is mounted there is seen inside only.
    trap 'rmdir "$INSTALLED"' EXIT
    unshare --mount --propagation private "$0" "$deb"
    exit
fi

if [ -z "${INSIDE:-}" ]; then
    mount -t tmpfs tmpfs "$INSTALLED"
    mkdir "$INSTALLED/upper" "$INSTALLED/work" "$INSTALLED/root"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$INSTALLED/upper,workdir=$INSTALLED/work" "$INSTALLED/root"
    # Its own /tmp: what lies there is nobody else's. The checkout may be on another disk.
    mount -t tmpfs tmpfs "$INSTALLED/root/tmp"
    for folder in /proc /dev /sys "$tests"; do
        mkdir -p "$INSTALLED/root$folder"
        mount --rbind "$folder" "$INSTALLED/root$folder"
    done
    cp "$deb" "$INSTALLED/root/tmp/warder.deb"
    # The keyring's folder and the rest are of the copy; nothing says where the launcher is.
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root INSTALLED=1 INSIDE=1 \
        chroot "$INSTALLED/root" "$tests/keychain.sh" "$tests/installed.sh" /tmp/warder.deb
fi

say() { echo "  $*"; }
fail() { echo "installed.sh: $*" >&2; exit 1; }

# Images of containers leave manuals out.
dpkg --path-include='/usr/*' -i "$deb" >/tmp/installing 2>&1 || { cat /tmp/installing; fail "dpkg does not install it"; }
dpkg -V --no-pager warder 2>/dev/null || dpkg -V warder || fail "what is installed is not what was packed"
[ "$(command -v warder)" = /usr/bin/warder ] || fail "another warder comes first on the PATH"
man --where warder | grep -q '^/usr/share/man/man1/warder.1.gz$' || fail "man does not find its page"
man --where warder-scan >/dev/null || fail "man does not find the page of a command"
say "installed: $(dpkg-query -W warder), found by man and PATH"

token=ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN
home=$(mktemp -d)
mkdir "$home/.cursor"
cat > "$home/.cursor/mcp.json" <<EOF
{ "mcpServers": { "printer": { "command": "printenv", "args": ["GITHUB_TOKEN"], "env": { "GITHUB_TOKEN": "$token" } } } }
EOF
code=0
warder scan --home "$home" >/tmp/scan 2>&1 || code=$?
[ "$code" = 1 ] || { cat /tmp/scan; fail "a scan ends with $code"; }
warder fix --rule secret-in-env --yes --home "$home" >/tmp/fix 2>&1 || { cat /tmp/fix; fail "the fix failed"; }
grep -q "$token" "$home/.cursor/mcp.json" && fail "the key is still in the file"
cmp "$home/.warder/bin/warder-launch" /usr/lib/warder/warder-launch || fail "another launcher was installed"
say "fixed: the key is in the keychain, the launcher is that of the package"

# As its client would: the words of the file, its variables, no bus.
entry() {
    python3 - "$home/.cursor/mcp.json" <<'EOF'
import json, subprocess, sys
entry = json.load(open(sys.argv[1]))["mcpServers"]["printer"]
done = subprocess.run([entry["command"], *entry["args"]], env={"PATH": "/usr/bin:/bin", **entry["env"]}, cwd="/",
                      capture_output=True, text=True, stdin=subprocess.DEVNULL)
sys.stderr.write(done.stderr)
print(done.stdout.strip())
EOF
}
[ "$(entry)" = "$token" ] || fail "the wrapped entry does not start"

# An update says nothing about removing.
dpkg --path-include='/usr/*' -i "$deb" >/tmp/updating 2>&1 || { cat /tmp/updating; fail "dpkg does not update it"; }
grep -q "warder uninstall" /tmp/updating && fail "an update speaks of removing"
dpkg -r warder >/tmp/removing 2>&1 || { cat /tmp/removing; fail "dpkg does not remove it"; }
grep -q "before the package is removed: warder uninstall" /tmp/removing || fail "nothing is said at the removal"
[ ! -e /usr/lib/warder ] && [ ! -e /usr/bin/warder ] && [ ! -e /usr/bin/warder-app ] || fail "something of it is left"
[ "$(entry)" = "$token" ] || fail "without the package the wrapped entry does not start"
say "removed: nothing of it is left, and the wrapped entry starts"

# Installed again, everything goes back.
dpkg --path-include='/usr/*' -i "$deb" >/tmp/again 2>&1 || { cat /tmp/again; fail "dpkg does not install it again"; }
warder uninstall --yes --home "$home" >/tmp/uninstall 2>&1 || { cat /tmp/uninstall; fail "warder uninstall failed"; }
grep -q "$token" "$home/.cursor/mcp.json" || fail "the entry is not as it was"
[ ! -e "$home/.warder/bin" ] || fail "the launcher is left"
say "uninstalled: the entry is as it was, the launcher is gone"
