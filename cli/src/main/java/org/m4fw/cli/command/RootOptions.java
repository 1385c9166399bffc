package org.m4fw.cli.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.m4fw.image.AlgorithmClass;
import org.m4fw.signing.trust.RootEdit;
import org.m4fw.signing.trust.TrustedKey;
import picocli.CommandLine.Option;

/** Which keys a trust root gets, in which roles, and how many must sign. */
final class RootOptions {
  @Option(
      names = "--key",
      paramLabel = "ROLE=PATH",
      description =
          "Give a role to the keys at PATH: a .pub.pem file, an identity or its trust root. Roles:"
              + " root, release, security, adapter-developer, adapter-review, evaluation, or one of"
              + " your own. May be repeated.")
  List<String> keys = new ArrayList<>();

  @Option(
      names = "--threshold",
      paramLabel = "ROLE[:CLASS]=N",
      description =
          "How many keys of the role must sign, of both classes or of one: classical or"
              + " post-quantum (default: 1). May be repeated.")
  List<String> thresholds = new ArrayList<>();

  RootEdit edit(List<String> removed) {
    Set<String> ids = new TreeSet<>();
    removed.forEach(text -> ids.addAll(TrustedKeys.ids(text)));
    return new RootEdit(trusted(), ids, thresholds());
  }

  private List<TrustedKey> trusted() {
    List<TrustedKey> trusted = new ArrayList<>();
    for (String text : keys) {
      int equals = text.indexOf('=');
      if (equals < 1) {
        throw CommandError.BAD_ASSIGNMENT.at("", "--key", text, "ROLE=PATH");
      }
      String role = text.substring(0, equals);
      TrustedKeys.at(Path.of(text.substring(equals + 1)))
          .forEach(key -> trusted.add(new TrustedKey(key, role)));
    }
    return trusted;
  }

  private Map<RootEdit.Threshold, Integer> thresholds() {
    Map<RootEdit.Threshold, Integer> all = new TreeMap<>();
    for (String text : thresholds) {
      String[] parts = text.split("=", -1);
      if (parts.length != 2 || !parts[1].matches("[0-9]{1,2}")) {
        throw CommandError.BAD_ASSIGNMENT.at("", "--threshold", text, "ROLE[:CLASS]=N");
      }
      String[] subject = parts[0].split(":", 2);
      for (AlgorithmClass one : classes(text, subject)) {
        all.put(new RootEdit.Threshold(subject[0], one), Integer.parseInt(parts[1]));
      }
    }
    return all;
  }

  private static List<AlgorithmClass> classes(String text, String[] subject) {
    return subject.length == 1
        ? List.of(AlgorithmClass.values())
        : List.of(
            AlgorithmClass.ofText(subject[1])
                .orElseThrow(
                    () ->
                        CommandError.BAD_ASSIGNMENT.at("", "--threshold", text, "ROLE[:CLASS]=N")));
  }
}
