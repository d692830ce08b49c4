# Sourced by quickstart, check and bench: installs what is missing, builds.
# shellcheck shell=bash
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# The packages of the list that serve one of these purposes.
packages_for() {
    local purpose
    for purpose in "$@"; do
        awk -v purpose="$purpose" '$1 !~ /^#/ && $2 == purpose { print $1 }' packages
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# libcrypto before 3.0.21 is refused at start-up, so an old one counts as missing.
openssl_is_old() {
    ! dpkg --compare-versions "$(dpkg-query -W -f '${Version}' libssl3 2>/dev/null || echo 0)" ge 3.0.21
}

# Asks the network only when something is missing, so that a second run needs none.
install_packages() {
    local wanted missing=() name
    wanted=$(packages_for "$@")
    for name in $wanted; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done
    case " $* " in *" check "*) command -v npm >/dev/null || missing+=(npm) ;; esac # some nodejs bring it
    if openssl_is_old; then missing+=(libssl3 libssl-dev openssl); fi
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive sh -c '
        apt-get -q update
        # No server starts because its package came: tests start their own.
        printf "#!/bin/sh\nexit 101\n" > /usr/sbin/policy-rc.d.cloudpki
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            cp /usr/sbin/policy-rc.d.cloudpki /usr/sbin/policy-rc.d
            chmod +x /usr/sbin/policy-rc.d
            trap "rm -f /usr/sbin/policy-rc.d" EXIT
        fi
        rm -f /usr/sbin/policy-rc.d.cloudpki
        apt-get -q -y install --no-install-recommends "$@"' sh "${missing[@]}" >/tmp/cloudpki-apt.$$ 2>&1 ||
        { tail -20 /tmp/cloudpki-apt.$$ >&2; die "the packages could not be installed"; }
    rm -f /tmp/cloudpki-apt.$$
}

# The packages of test/npm, as the lock file has them. Asks the network only when that file changed.
install_node_modules() {
    local lock=test/npm/package-lock.json
    [ -d test/npm/node_modules ] && cmp -s "$lock" build/npm.lock && return 0
    say "installing the packages of test/npm"
    npm ci --prefix test/npm --ignore-scripts --cache build/npm --prefer-offline >build/npm.log 2>&1 ||
        { tail -20 build/npm.log >&2; die "the packages of test/npm could not be installed"; }
    cp "$lock" build/npm.lock
}

# build DIR [MESON OPTION]…: configures once, then compiles.
build() {
    local dir=$1
    shift
    [ -e "$dir/build.ninja" ] || meson setup "$dir" "$@" >"$dir.log" 2>&1 || { cat "$dir.log" >&2; die "meson failed"; }
    ninja -C "$dir" >"$dir.log" 2>&1 || { tail -40 "$dir.log" >&2; die "the build failed"; }
}

build_release() {
    mkdir -p build
    say "building build/release"
    build build/release -Dbuildtype=release -Db_lto=true
}
