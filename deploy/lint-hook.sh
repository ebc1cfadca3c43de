#!/usr/bin/env bash
# Runs `downlink lint` for pre-commit, from the clone that pre-commit has made of this repository. npm cannot build a Git
# dependency that is installed globally, as pre-commit's own language for Node.js would.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
if ! command -v npm > /dev/null || ! node -e 'process.exit(process.features.typescript ? 0 : 1)' 2> /dev/null; then
  echo 'downlink: the hook needs Node.js 22 (22.19 or later), or 24 or later, and npm' >&2
  exit 2
fi
# the dependencies in the lock file of this version, without their scripts
if [ ! -e "$root/node_modules" ]; then
  npm ci --omit=dev --ignore-scripts --no-audit --no-fund --silent --prefix "$root" >&2
fi
exec node --disable-warning=ExperimentalWarning "$root/src/main.ts" lint "$@"
