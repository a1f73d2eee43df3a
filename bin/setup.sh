# shellcheck shell=sh
# Finds or installs what a build and a run need. Sourced by mvnw and by the programs in bin; defines functions only.

maven_version=3.9.11 # fetched where the installed Maven is older than 3.9.6

say() { echo "retina: $*" >&2; }

fail() {
  say "$@"
  exit 2
}

is_root() { [ "$(id -u)" = 0 ]; }

# jdk_version HOME: prints the major version; nothing where there is no compiler.
jdk_version() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# The directories that may hold a JDK, one a line.
jdk_candidates() {
  javac=$(command -v javac || :)
  [ -z "$javac" ] || dirname -- "$(dirname -- "$(readlink -f -- "$javac")")"
  for home in ${RETINA_JDK_DIRS:-/usr/lib/jvm/* /usr/java/* /usr/local/*jdk* /opt/*jdk* /opt/java/* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/*}; do
    echo "$home"
  done
}

# Exports JAVA_HOME: the one that is set if it is a JDK >= 25, else the lowest such version that is installed.
find_jdk() {
  best=
  version=$(jdk_version "${JAVA_HOME:-/none}")
  if [ "${version:-0}" -lt 25 ]; then
    while read -r home; do
      version=$(jdk_version "$home")
      [ "${version:-0}" -ge 25 ] || continue
      if [ -z "$best" ] || [ "$version" -lt "$best" ]; then
        best=$version
        JAVA_HOME=$home
      fi
    done << CANDIDATES
$(jdk_candidates)
CANDIDATES
    [ -n "$best" ] ||
      fail "no JDK 25 or newer found: install one (Debian, Ubuntu: openjdk-25-jdk or temurin-25-jdk) or set JAVA_HOME"
  fi
  export JAVA_HOME
}

# need COMMAND PACKAGE: remembers PACKAGE as wanted where COMMAND is not there.
need() { command -v "$1" > /dev/null 2>&1 || wanted="$wanted $2"; }

# need_file FILE PACKAGE: the same for a header or a library.
need_file() { [ -e "$1" ] || wanted="$wanted $2"; }

# need_if_had COMMAND PACKAGE: as need, where the package manager has it and may be used.
need_if_had() {
  command -v "$1" > /dev/null 2>&1 || ! is_root || ! apt-cache show "$2" 2> /dev/null | grep -q . || wanted="$wanted $2"
}

# libpcap, by the name that Debian gives it, or by that of its authors.
find_libpcap() { find /usr/lib /usr/lib64 \( -name libpcap.so.0.8 -o -name libpcap.so.1 \) -print -quit 2> /dev/null || :; }

need_libpcap() { need_file "$(find_libpcap)" libpcap0.8; }

begin_needs() {
  wanted=
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
  export PATH
}

# Installs what is wanted when run as root on a system with apt; else prints the command that does and exits.
end_needs() {
  [ -n "$wanted" ] || return 0
  wanted=${wanted# }
  command -v apt-get > /dev/null 2>&1 || fail "missing, by their Debian names: $wanted. Install them and try again"
  is_root || fail "missing: $wanted. Run: sudo apt-get update && sudo apt-get install -y $wanted"
  say "installing $wanted"
  log=$(mktemp)
  # shellcheck disable=SC2086 # one word per package
  # One at a time: another's update of the lists is not waited for by apt-get.
  if ! { flock 7 && apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $wanted 7>&-; } \
    > "$log" 2>&1 7> "${TMPDIR:-/tmp}/retina-apt.lock"; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install: $wanted"
  fi
  rm -f "$log"
}

clang_versions='19 20 21 18 17 16 15' # the first is what the objects are tested with

has_clang() {
  for v in $clang_versions; do
    command -v "clang-$v" > /dev/null 2>&1 && return 0
  done
  clang -dumpversion 2> /dev/null | grep -qE '^(1[5-9]|[2-9][0-9])'
}

# The package of the first clang that the package manager offers.
clang_package() {
  ! is_root || apt-get update -qq > /dev/null 2>&1 || :
  for v in $clang_versions; do
    if apt-cache show "clang-$v" 2> /dev/null | grep -q .; then
      echo "clang-$v llvm-$v"
      return
    fi
  done
  echo "clang llvm"
}

# What a build needs, and unless RETINA_TESTS=no its tests: compilers, libbpf, Maven, the tools that make network namespaces, and Prometheus.
require_build_tools() {
  begin_needs
  has_clang || wanted="$wanted $(clang_package)"
  need cc gcc
  need make make
  need mvn maven
  need_file /usr/include/stdio.h libc6-dev
  need_file /usr/include/bpf/bpf_helpers.h libbpf-dev
  [ "${RETINA_TESTS:-yes}" = no ] || need_test_tools
  end_needs
}

need_test_tools() {
  need ip iproute2
  need nft nftables
  need ping iputils-ping
  need ethtool ethtool
  need_libpcap
  # Single tests need these, and say so where they cannot be had.
  need_if_had go golang-go
  need_if_had promtool prometheus
  need_if_had runc runc
  need_if_had tshark tshark
  need_if_had chromium chromium
}

# What the demo needs beside the agent.
require_world_tools() {
  begin_needs
  need cc gcc
  need make make
  need_file /usr/include/stdio.h libc6-dev
  need ip iproute2
  need nft nftables
  need ping iputils-ping
  need curl curl
  end_needs
}

# What boots other kernels.
require_kernel_tools() {
  begin_needs
  need qemu-system-x86_64 qemu-system-x86
  need busybox busybox-static
  need cpio cpio
  need xz xz-utils
  need ip iproute2
  need nft nftables
  end_needs
}

# What the benchmark needs beside these.
require_bench_tools() {
  begin_needs
  need python3 python3
  need iperf3 iperf3
  end_needs
}

oldest_go=1.24

# Sets GO to a Go compiler that is new enough: one that is installed, else Debian's where it has such a version.
find_go() {
  for GO in "$(command -v go || :)" /usr/local/go/bin/go /usr/lib/go-*/bin/go; do
    [ -x "$GO" ] || continue
    found=$("$GO" env GOVERSION 2> /dev/null | sed -n 's/^go\([0-9]*\.[0-9]*\).*/\1.0/p')
    ! at_least "${found:-0.0.0}" "$oldest_go.0" || return 0
  done
  offered=$(apt-cache policy golang-go 2> /dev/null | sed -n 's/.*Candidate: \(.*:\)*\([0-9]*\.[0-9]*\).*/\2.0/p')
  at_least "${offered:-0.0.0}" "$oldest_go.0" || fail "no Go $oldest_go or newer found: install it, or set PATH so that it is found"
  begin_needs
  wanted=golang-go
  end_needs
  GO=$(command -v go)
}

# go_build DIRECTORY OUTPUT FLAGS PACKAGE: builds with GO, politely; without data for debuggers, and with fewer collections in the
# compiler, as CPU is what such a build takes most of.
go_build() {
  (cd "$1" && CGO_ENABLED=0 GOGC=${GOGC:-400} nice "$GO" build -mod=readonly -trimpath -gcflags=all=-dwarf=false -o "$2" \
    -ldflags "-s -w $3" "$4") >&2
}

# begin_build DIRECTORY: makes it, and is alone there until this program ends; another build may be under way.
begin_build() {
  mkdir -p "$1" || fail "cannot write $1: set XDG_CACHE_HOME to a directory of yours"
  exec 9> "$1/lock"
  flock 9
}

# await_build DIRECTORY: waits for a build that is under way there.
await_build() { [ ! -e "$1/lock" ] || flock "$1/lock" true; }

# at_least VERSION MINIMUM: whether a dotted version of three numbers reaches the minimum.
at_least() {
  echo "$1.$2" | awk -F. '{ for (i = 1; i <= 3; i++) if ($i != $(i + 3)) exit $i + 0 < $(i + 3) + 0; exit 0 }'
}

# Sets MAVEN to a Maven >= 3.9.6: the installed one, else one fetched by its coordinates through the installed one.
find_maven() {
  MAVEN=$(command -v mvn)
  installed=$("$MAVEN" --version 2> /dev/null | sed -n 's/.*Apache Maven \([0-9]*\.[0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  ! at_least "${installed:-0.0.0}" 3.9.6 || return 0
  cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/retina
  MAVEN=$cache/apache-maven-$maven_version/bin/mvn
  [ ! -x "$MAVEN" ] || return 0
  say "the installed Maven is ${installed:-unknown}, fetching $maven_version"
  mkdir -p "$cache" || fail "cannot write $cache: set XDG_CACHE_HOME to a directory of yours"
  part=$(mktemp -d "$cache/fetch.XXXXXX")
  (cd "$part" && mvn -q -B -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack \
    -Dartifact="org.apache.maven:apache-maven:$maven_version:zip:bin" \
    -DoutputDirectory="$part" -Dmdep.useBaseVersion=true) >&2 || {
    rm -rf "$part"
    fail "Maven $maven_version could not be fetched: install Maven 3.9.6 or newer"
  }
  chmod +x "$part/apache-maven-$maven_version/bin/mvn"
  # Whole or not at all, also when two builds fetch at the same time.
  mv -T "$part/apache-maven-$maven_version" "$cache/apache-maven-$maven_version" 2> /dev/null || [ -x "$MAVEN" ] ||
    fail "Maven $maven_version could not be stored in $cache"
  rm -rf "$part"
}

# jvm_flags ROOT: sets JVM_FLAGS, the same for a training run and a real one, or the cache would not be taken.
# They stand once, in the pom, where the tests take them from too.
jvm_flags() {
  JVM_FLAGS=$(sed -n 's:.*<\(jvm\|agent\)\.flags>\(.*\)</\1\.flags>.*:\2:p' "$1/pom.xml" | tr '\n' ' ')
  export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
}

aot_flags='-Dspring.aot.enabled=true' # the bean definitions that the build made, instead of a search of the class path

# Of what a person asks: short, on one thread of the compiler, with a cache of its own.
cli_flags='-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+UseCompactObjectHeaders -XX:-UsePerfData -Xss512k -Xmx256m'

# use_cli_cache ROOT: sets JVM_FLAGS for what a person asks, and JAR as use_aot_cache does.
use_cli_cache() {
  JVM_FLAGS=$cli_flags
  aot=$1/target/aot/retina-cli.aot
  [ -z "${RETINA_JAR:-}" ] && [ -s "$aot" ] && [ -z "$(find "$JAR" -newercm "$aot")" ] || return 0
  JAR=$1/target/aot/retina.jar
  JVM_FLAGS="$JVM_FLAGS -XX:AOTCache=$aot -Xlog:aot=off -Xlog:cds=off"
}

# use_aot_cache ROOT: turns JAR into the extracted program with its cache where bin/train made one of this very jar.
use_aot_cache() {
  aot=$1/target/aot/retina.aot
  [ -z "${RETINA_JAR:-}" ] && [ -s "$aot" ] && [ -z "$(find "$JAR" -newercm "$aot")" ] || return 0
  JAR=$1/target/aot/retina.jar
  JVM_FLAGS="$JVM_FLAGS $aot_flags -XX:AOTCache=$aot -Xlog:aot=off -Xlog:cds=off"
}

# build_if_stale ROOT: sets JAR to the program, building it first where it is missing or older than its sources.
# The time of the last change of status counts: a reproducible build gives the jar a fixed time of modification.
build_if_stale() {
  JAR=${RETINA_JAR:-}
  [ -z "$JAR" ] || return 0
  JAR=$(find "$1/target" -maxdepth 1 -name 'retina-*.jar' 2> /dev/null | head -n 1)
  if [ -z "$JAR" ] || [ -n "$(find "$1/pom.xml" "$1"/src/main/c "$1"/src/main/java "$1"/src/main/resources -newermc "$JAR" -print | head -n 1)" ]; then
    say "building (a few minutes the first time)"
    "$1/mvnw" -q -B -DskipTests package >&2 || fail "the build failed"
    JAR=$(find "$1/target" -maxdepth 1 -name 'retina-*.jar' | head -n 1)
    "$1/bin/train" "$JAR" "$1/target/aot" || say "going on without a cache for a faster start"
  fi
}
