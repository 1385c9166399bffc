# Lets Jazzer look for bytes that a parser does not bear; read by check.
#
# fuzz [--seconds N] [TARGET…]: each target for N seconds (60), by the name of its class without
# FuzzTest; all of them if none is named. What is found is added to the corpus in
# tests/src/test/resources, so that it is tried in every check from then on.

fuzz_targets() {
  for source in "$root"/tests/src/test/java/org/m4fw/tests/fuzz/*FuzzTest.java; do
    name=${source##*/}
    printf '%s\n' "${name%FuzzTest.java}"
  done
}

fuzz() {
  seconds=60
  targets=()
  while [ $# -gt 0 ]; do
    case $1 in
      --seconds)
        seconds=${2:-}
        [[ $seconds =~ ^[1-9][0-9]*$ ]] || fail "--seconds needs a number" 'for example --seconds 10'
        shift 2
        ;;
      *)
        fuzz_targets | grep -qx -- "$1" ||
          fail "there is no target '$1'" "the targets are $(fuzz_targets | paste -sd ' ')"
        targets+=("$1")
        shift
        ;;
    esac
  done
  if [ ${#targets[@]} -eq 0 ]; then
    while IFS= read -r target; do
      targets+=("$target")
    done < <(fuzz_targets)
  fi

  mvn -q -B -Dstyle.color=never -pl tests -am test-compile dependency:build-classpath \
    -Dmdep.outputFile=target/classpath -Dmdep.includeScope=test < /dev/null 2>&1 | essence
  [ "${PIPESTATUS[0]}" = 0 ] || return 1
  classpath=$root/tests/target/test-classes:$(cat tests/target/classpath)

  found=()
  for target in "${targets[@]}"; do
    say "fuzzing $target for $seconds s"
    corpus=$root/tests/target/fuzz/$target
    mkdir -p "$corpus"
    seeds=("$corpus")
    known=$root/tests/src/test/resources/org/m4fw/tests/fuzz/${target}FuzzTestInputs
    [ ! -d "$known" ] || seeds+=("$known")
    # The heap is the bound on memory: a parser that needs more fails. Patterns of an adapter's
    # configuration are regular expressions, as in PEFT, and bounded where they are matched.
    (cd tests && exec "$java_home/bin/java" -Xmx384m -XX:+UseSerialGC -Djava.awt.headless=true \
      -Dm4fw.root="$root" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
      -XX:+EnableDynamicAgentLoading -cp "$classpath" com.code_intelligence.jazzer.Jazzer \
      --target_class="org.m4fw.tests.fuzz.${target}FuzzTest" \
      --instrumentation_includes='org.m4fw.**' \
      --disabled_hooks=com.code_intelligence.jazzer.sanitizers.RegexInjection \
      "${seeds[@]}" -max_total_time="$seconds" -timeout=10 -print_final_stats=1) \
      > "$corpus.log" 2>&1 < /dev/null || found+=("$target")
    grep -E '^stat::number_of_executed_units|^== Java Exception|^Caused by|Test unit written' "$corpus.log" | head -5
  done
  if [ ${#found[@]} -gt 0 ]; then
    say "error: found something: ${found[*]}; what was said is in $root/tests/target/fuzz/*.log" 2>&1
    return 1
  fi
}
