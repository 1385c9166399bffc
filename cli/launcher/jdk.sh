# Finds a JDK; read by m4fw and check. Uses only what the shell itself can do, for a fast start.
#
# The first that is new enough of: M4FW_JAVA_HOME, JAVA_HOME, the usual places, java on the PATH.

needed=25

say() {
  printf 'm4fw: %s\n' "$*" >&2
}

# fail MESSAGE HINT
fail() {
  say "error: $1"
  say "hint: $2"
  exit 3
}

# follow FILE: sets $followed to what it is behind all symbolic links.
follow() {
  followed=$1
  while [ -h "$followed" ]; do
    link=$(readlink "$followed")
    case $link in
      /*) followed=$link ;;
      *) followed=${followed%/*}/$link ;;
    esac
  done
}

# version_of HOME: sets $version and $major from the JDK's release file, or else by asking it.
version_of() {
  version='' major=0
  [ -x "$1/bin/java" ] || return 1
  if [ -r "$1/release" ]; then
    while IFS='=' read -r key value; do
      if [ "$key" = JAVA_VERSION ]; then
        version=$value
        break
      fi
    done < "$1/release"
  fi
  [ -n "$version" ] || version=$("$1/bin/java" -version 2>&1 | sed -n 's/.*version \("[^"]*"\).*/\1/p')
  version=${version#\"} version=${version%\"}
  major=${version#1.}
  major=${major%%[!0-9]*}
  [ -n "$major" ] || major=0
}

# fits HOME: whether it is a JDK, compiler and all, that is new enough.
fits() {
  [ -n "$1" ] && version_of "$1" && [ "$major" -ge $needed ] && [ -x "$1/bin/javac" ]
}

# Sets $java_home.
find_jdk() {
  if [ -n "${M4FW_JAVA_HOME:-}" ]; then
    java_home=$M4FW_JAVA_HOME
    fits "$java_home" && return
    version_of "$java_home" || fail "M4FW_JAVA_HOME is $java_home, and there is no bin/java in it" \
      "set it to the directory of a JDK $needed or newer, or unset it"
    fail "M4FW_JAVA_HOME is $java_home, with Java $version; m4fw needs a JDK $needed or newer" \
      "set it to the directory of a newer JDK, or unset it"
  fi
  for java_home in \
    "${JAVA_HOME:-}" \
    /usr/lib/jvm/*-$needed-* /usr/lib/jvm/* /usr/lib64/jvm/* \
    /opt/*jdk* /opt/java/* /usr/java/* /usr/local/*jdk* /usr/local/java/* \
    "${HOME:-/}"/.sdkman/candidates/java/* "${HOME:-/}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    fits "$java_home" && return
  done
  on_path=$(command -v java) || fail "no Java found; m4fw needs a JDK $needed or newer" \
    "install one (Temurin, for example), or set M4FW_JAVA_HOME to it if it is at an unusual place"
  follow "$on_path"
  java_home=${followed%/bin/*}
  fits "$java_home" && return
  version_of "$java_home"
  fail "found Java ${version:-of an unknown version} at $java_home; m4fw needs a JDK $needed or newer" \
    "install one (Temurin, for example), or set M4FW_JAVA_HOME to it if it is at an unusual place"
}
