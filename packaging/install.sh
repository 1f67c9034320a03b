#!/bin/sh
# Installs RAGFlow Admin on Debian 12 or later, as root: the steps of the image (Dockerfile), and of a machine with systemd.
#
#   packaging/install.sh build          makes .venv/ and collected/ in the folder above this script
#   packaging/install.sh system [UID]   what is needed to run: Python, certificates, a user, its data folder
#
# Packages are installed by their hashes. Node is needed while building only, and is not left behind.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)

packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

build() {
  packages ca-certificates python3 python3-venv
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

  echo "Installing Python packages …"
  python3 -m venv --clear .venv
  .venv/bin/python -m pip install -q --require-hashes --only-binary :all: -r requirements.lock

  echo "Installing front-end packages …"
  python3 -m venv "$work/node"
  "$work/node/bin/python" -m pip install -q --require-hashes --only-binary :all: -r packaging/node.lock
  PATH="$work/node/bin:$PATH" HOME="$work" NODE_USE_SYSTEM_CA=1 \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null

  echo "Collecting static files …"
  rm -rf collected collected.stamp
  VAR_DIR="$work/var" STATIC_ROOT="$here/collected" .venv/bin/python manage.py prepare --only-static -v 0

  .venv/bin/python -m compileall -q dashboard ragflow_admin
  .venv/bin/python -m pip uninstall -q -y setuptools pip
  rm -rf node_modules
}

system() {
  packages ca-certificates python3 tzdata
  if ! id ragflow-admin >/dev/null 2>&1; then
    useradd --system --user-group ${1:+-K SYS_UID_MAX="$1" --uid "$1"} --home-dir /var/lib/ragflow-admin --shell /usr/sbin/nologin ragflow-admin
  fi
  install -d -m 700 -o ragflow-admin -g ragflow-admin /var/lib/ragflow-admin
}

case "${1:-}" in
  build) build ;;
  system) system "${2:-}" ;;
  *)
    echo "Usage: $0 build | system [UID]" >&2
    exit 2
    ;;
esac
