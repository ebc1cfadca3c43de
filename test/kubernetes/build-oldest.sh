#!/usr/bin/env bash
# build-oldest.sh [OUT_DIR [NAME...]]: builds Kubernetes 1.20 from the source package of Debian 12, for the cluster tests.
#
# OUT_DIR is a cache, by default ${XDG_CACHE_HOME:-$HOME/.cache}/downlink/kubernetes-1.20. Programs in it are not built again.
# NAME is a program of Kubernetes, by default kube-apiserver and kube-controller-manager. A node also needs kube-scheduler and
# kubelet.
# Needs Debian 12, and root to install missing packages with apt-get: etcd-server and openssl to run a control plane, and
# golang-1.19-go, golang-github-modern-go-reflect2-dev and ca-certificates to build it.
# DEBIAN_MIRROR is the source of the source packages, by default that of the packages of the machine.
set -euo pipefail

out=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/downlink/kubernetes-1.20}
if [ $# -gt 0 ]; then shift; fi
[ $# -gt 0 ] || set -- kube-apiserver kube-controller-manager

say() { echo "build-oldest: $*" >&2; }
die() { say "$*"; exit 1; }

install() { # PACKAGE...
  [ $# -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "needs root, to install $*; or install them first"
  say "installing $* (a minute)"
  apt-get -q update >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" >/dev/null
}

packages=() missing=()
command -v etcd >/dev/null || packages+=(etcd-server)
command -v openssl >/dev/null || packages+=(openssl)
for name in "$@"; do [ -x "$out/$name" ] || missing+=("$name"); done
[ $((${#packages[@]} + ${#missing[@]})) -gt 0 ] || exit 0

. /etc/os-release
[ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ] || die "this is ${PRETTY_NAME:-an unknown system}, and it takes Debian 12.
  Set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver instead (setup-envtest makes one)."

if [ ${#missing[@]} -gt 0 ]; then
  for package in golang-1.19-go golang-github-modern-go-reflect2-dev ca-certificates; do
    dpkg-query -Wf '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || packages+=("$package")
  done
fi
install "${packages[@]}"
[ ${#missing[@]} -gt 0 ] || exit 0

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$out/.build
say "building ${missing[*]} in $out; once, and 5 to 10 minutes on two cores for a control plane"

# through lists of its own, so that the machine's apt settings stay as they are
fetch_sources() {
  local mirror=${DEBIAN_MIRROR:-} key=/usr/share/keyrings/debian-archive-keyring.gpg
  if [ -z "$mirror" ]; then
    mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } | grep -v '^#' |
      grep -oE 'https?://[^ ]*/debian/?( |$)' | grep -m 1 -v snapshot) || die "no Debian mirror in /etc/apt; set DEBIAN_MIRROR"
  fi
  say "fetching the source package (35 MB)"
  mkdir -p "$work/apt/lists/partial" "$work/apt/cache"
  echo "deb-src [signed-by=$key] $mirror $VERSION_CODENAME main" >"$work/apt/sources.list"
  local apt=(-q -o "Dir::Etc::SourceList=$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" -o APT::Sandbox::User=)
  (
    cd "$work"
    apt-get "${apt[@]}" update >/dev/null
    apt-get "${apt[@]}" source --download-only kubernetes >/dev/null
    rm -rf unpacked
    mkdir unpacked
    tar xzf kubernetes_*.orig.tar.gz -C unpacked --strip-components=1
    mv unpacked kubernetes
  )
}

# one generated file is not in the package
generate_openapi() {
  local file=pkg/generated/openapi/zz_generated.openapi.go packages
  [ ! -s $file ] || return 0
  say "generating the API's schema (a minute)"
  go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  packages=$({
    grep -rl --include='*.go' '+k8s:openapi-gen=' pkg cmd plugin
    find vendor/k8s.io -maxdepth 1 -type l -printf '%p/\n' | xargs grep -rl --include='*.go' '+k8s:openapi-gen='
  } | grep -vE 'code-generator|sample-(apiserver|controller|cli)' | xargs -n1 dirname | sort -u |
    sed 's#^#k8s.io/kubernetes/#' | paste -sd,)
  "$work/openapi-gen" -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
    -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r "$work/violations" 2>/dev/null
}

# the vendored reflect2 1.0.1 panics when built with Go 1.18 or later: Debian's 1.0.2 is laid over it
write_overlay() {
  local old=$PWD/vendor/github.com/modern-go/reflect2 new=/usr/share/gocode/src/github.com/modern-go/reflect2 file
  {
    for file in "$old"/*.go "$old"/*.s; do [ -e "$new/${file##*/}" ] || printf '"%s":""\n' "$file"; done
    for file in "$new"/*.go "$new"/*.s; do
      case $file in *_test.go) ;; *) printf '"%s":"%s"\n' "$old/${file##*/}" "$file" ;; esac
    done
  } | paste -sd, | sed 's/.*/{"Replace":{&}}/' >"$work/overlay.json"
}

[ -d "$work/kubernetes" ] || fetch_sources
mkdir -p "$work/gopath/src/k8s.io"
ln -sfn "$work/kubernetes" "$work/gopath/src/k8s.io/kubernetes"
cd "$work/gopath/src/k8s.io/kubernetes"
export PATH=/usr/lib/go-1.19/bin:$PATH GOPATH=$work/gopath GO111MODULE=off CGO_ENABLED=0 GOFLAGS=

generate_openapi
write_overlay
version=$(find "$work" -maxdepth 1 -name 'kubernetes_*.orig.tar.gz' | sed 's/.*really\([0-9.]*\)\.orig.*/v\1/')
flags="-s -w"
for package in component-base client-go/pkg; do
  stamp=k8s.io/kubernetes/vendor/k8s.io/$package/version
  flags+=" -X $stamp.gitVersion=$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=$(cut -d. -f2 <<<"$version") -X $stamp.gitTreeState=clean"
done
for name in "${missing[@]}"; do
  say "building $name $version (a few minutes)"
  go build -overlay "$work/overlay.json" -trimpath -ldflags "$flags" -o "$work/$name" "./cmd/$name"
  mv "$work/$name" "$out/$name" # whole or not at all
done
say "done after $SECONDS s"
