#!/bin/bash
# Runs a command beside a Secret Service of its own: a private session bus and
# a gnome-keyring in a temporary folder, unlocked unless KEYRING=closed.
#
#   tests/keychain.sh cargo test -p warder-launch
#
# With BUS=desktop the bus lies where a desktop has it, /run/user/UID/bus, in a
# mount namespace of its own: what is started without the bus's address, as
# clients start their servers, has to find it there. All processes end with the
# command.
set -eu

for tool in dbus-run-session dbus-send gnome-keyring-daemon; do
    command -v "$tool" >/dev/null || {
        echo "keychain tests need $tool; install the packages gnome-keyring and dbus" >&2
        exit 1
    }
done

if [ -z "${KEYRING_FOLDER:-}" ]; then
    KEYRING_FOLDER=$(mktemp -d)
    trap 'rm -rf "$KEYRING_FOLDER"' EXIT
    mkdir -m 700 "$KEYRING_FOLDER/data" "$KEYRING_FOLDER/run"
    export KEYRING_FOLDER XDG_DATA_HOME="$KEYRING_FOLDER/data" XDG_RUNTIME_DIR="$KEYRING_FOLDER/run"
    # No display: a prompt must fail, not wait.
    unset DISPLAY WAYLAND_DISPLAY
    # Not exec, so that the folder goes when all is over. The bus takes the
    # keyring with it.
    if [ "${BUS:-}" = desktop ]; then
        XDG_RUNTIME_DIR=/run/user/$(id -u)
        # Of root's own /proc bwrap covers parts, and the kernel allows no sandbox inside then.
        [ "$(id -u)" = 0 ] && proc=() || proc=(--proc /proc)
        bwrap --dev-bind / / --tmpfs /run/user --bind "$KEYRING_FOLDER/run" "$XDG_RUNTIME_DIR" \
            --unshare-pid "${proc[@]}" --die-with-parent "$0" "$@"
    else
        dbus-run-session -- "$0" "$@"
    fi
    exit
fi

if [ "${BUS:-}" = desktop ]; then
    [ "$(id -u)" = 0 ] && mount -t proc proc /proc
    export DBUS_SESSION_BUS_ADDRESS="unix:path=$XDG_RUNTIME_DIR/bus"
    # It says its address when it listens.
    exec {ready}< <(exec dbus-daemon --session --nofork --nopidfile --address="$DBUS_SESSION_BUS_ADDRESS" --print-address=1)
    read -r _ <&"$ready"
fi

if [ "${KEYRING:-open}" = closed ]; then
    gnome-keyring-daemon --start --components=secrets >/dev/null
else
    printf 'test-pass' | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null
fi
for _ in $(seq 200); do
    dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets 2>/dev/null | grep -q true && break
    sleep .02
done
"$@"
