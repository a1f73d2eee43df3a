# Finds or installs what a build and a run need. Sourced by mvnw and bin/retina; defines functions only.
# shellcheck shell=sh

maven_version=3.9.11

fail() {
  echo "retina: $*" >&2
  exit 2
}

# Sets JAVA_HOME to a JDK >= 25 that has a compiler.
find_jdk() {
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk* "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/*; do
    [ -x "$home/bin/javac" ] || continue
    [ "$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null || echo 0)" -ge 25 ] 2>/dev/null || continue
    JAVA_HOME=$home
    return
  done
  fail "no JDK 25 or newer found: install one (Debian, Ubuntu: the package temurin-25-jdk or openjdk-25-jdk) or set JAVA_HOME"
}

# Installs Debian packages when run as root; prints the command otherwise.
install_packages() {
  [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || fail "missing: $*. Run: sudo apt-get install -y $*"
  echo "retina: installing $*" >&2
  log=$(mktemp)
  if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "apt-get could not install: $*"
  fi
  rm -f "$log"
}

# have COMMAND PACKAGE: remembers PACKAGE as wanted when COMMAND is not there.
have() { command -v "$1" > /dev/null 2>&1 || wanted="$wanted $2"; }

# The newest clang >= 15 that the machine has or its package manager offers.
clang_package() {
  for v in 21 20 19 18 17 16 15; do
    apt-cache show "clang-$v" > /dev/null 2>&1 && { echo "clang-$v"; return; }
  done
  echo clang
}

has_clang() {
  for c in clang-21 clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang; do
    command -v "$c" > /dev/null 2>&1 && return 0
  done
  return 1
}

install_build_tools() {
  wanted=
  PATH=$PATH:/usr/sbin:/sbin
  export PATH
  if ! has_clang; then
    [ "$(id -u)" = 0 ] && apt-get update -qq > /dev/null 2>&1 || :
    wanted="$wanted $(clang_package)"
  fi
  have make make
  have mvn maven
  [ -e /usr/include/bpf/bpf_helpers.h ] || wanted="$wanted libbpf-dev"
  [ -e /usr/include/stdio.h ] || wanted="$wanted libc6-dev"
  have ip iproute2
  have nft nftables
  have ping iputils-ping
  have ethtool ethtool
  # shellcheck disable=SC2086
  [ -z "$wanted" ] || install_packages $wanted
}

# Sets MAVEN to a Maven >= 3.9.6: the installed one, else one fetched by its coordinates through the installed one.
find_maven() {
  MAVEN=$(command -v mvn)
  have_version=$("$MAVEN" --version 2> /dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p' | head -n 1)
  [ "$(printf '%s\n3.9.6\n' "$have_version" | sort -V | head -n 1)" = 3.9.6 ] && return
  cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/retina
  MAVEN=$cache/apache-maven-$maven_version/bin/mvn
  [ -x "$MAVEN" ] && return
  echo "retina: the installed Maven is $have_version, fetching $maven_version" >&2
  mkdir -p "$cache"
  ( cd "$cache" && mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack \
      -Dartifact=org.apache.maven:apache-maven:$maven_version:zip:bin -DoutputDirectory="$cache" -Dmdep.useBaseVersion=true ) >&2 ||
    fail "Maven $maven_version could not be fetched: install Maven 3.9.6 or newer"
  chmod +x "$MAVEN"
}
