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
#
# gnome-keyring ends by itself when one client leaves just as the next arrives
# (a race of its own, see crates/launch/src/vault/secret_service.rs), and the bus
# starts another one, closed. What ran beside it then runs once more, beside a new one.
set -eu

for tool in dbus-run-session dbus-send gnome-keyring-daemon; do
    command -v "$tool" >/dev/null || {
        echo "keychain tests need $tool; install the packages gnome-keyring and dbus" >&2
        exit 1
    }
done

# The command beside a bus of its own, in the folder.
beside() {
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
}

if [ -z "${KEYRING_FOLDER:-}" ]; then
    trap 'rm -rf "$KEYRING_FOLDER"' EXIT
    for _ in 1 2 3; do
        KEYRING_FOLDER=$(mktemp -d)
        status=0
        beside "$@" || status=$?
        [ "$status" != 0 ] && [ -e "$KEYRING_FOLDER/ended" ] || exit "$status"
        echo "gnome-keyring ended by itself: once more, beside a new one" >&2
        rm -rf "$KEYRING_FOLDER"
    done
    exit "$status"
fi

# Ends what process $1 has started, but not who asks for that.
end() {
    local child
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        [ "$child" = "$BASHPID" ] && continue
        end "$child"
        kill -9 "$child" 2>/dev/null || true
    done
}

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
    (
        ended=0
        printf 'test-pass' | gnome-keyring-daemon --unlock --foreground --components=secrets || ended=$?
        # 128 and SIGTRAP, GLib's way out: nobody here sends that.
        if [ "$ended" = 133 ]; then
            : >"$KEYRING_FOLDER/ended"
            end "$$"
        fi
    ) >/dev/null 2>&1 &
fi
told() {
    dbus-send --session --print-reply --dest="$1" "$2" "${@:3}" 2>/dev/null
}
for _ in $(seq 200); do
    told org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true && break
    sleep .02
done
if [ "${KEYRING:-open}" != closed ]; then
    for _ in $(seq 200); do
        told org.freedesktop.secrets /org/freedesktop/secrets/collection/login org.freedesktop.DBus.Properties.Get \
            string:org.freedesktop.Secret.Collection string:Locked | grep -q 'boolean false' && break
        sleep .02
    done
fi
"$@"
