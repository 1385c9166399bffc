package org.m4fw.tests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.m4fw.base.problem.ErrorCode;

/** What error messages advise can be done: the commands and options that they name are there. */
final class HintsTest {
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9-]+");

  /** A command line within a text, in single quotes or back quotes. */
  private static final Pattern COMMAND = Pattern.compile("[`'](m4fw [^`']+)[`']");

  private static final Pattern CATALOGUE =
      Pattern.compile("(?m)^(public )?enum \\w+ implements ErrorCode");

  private final SortedMap<String, SortedSet<String>> options = options();

  /** By command, what the generated documentation says. */
  private static SortedMap<String, SortedSet<String>> options() {
    SortedMap<String, SortedSet<String>> options = new TreeMap<>();
    for (String section : Repository.text(Path.of("docs/commands.md")).split("\n## ")) {
      String name = section.lines().findFirst().orElse("");
      String help = section.replaceAll("(?s)\nExamples:.*", "");
      SortedSet<String> found = new TreeSet<>();
      OPTION.matcher(help).results().forEach(match -> found.add(match.group()));
      options.put(name, found);
    }
    return options;
  }

  private static List<ErrorCode> codes() throws ClassNotFoundException {
    List<ErrorCode> codes = new ArrayList<>();
    for (Path source : Repository.javaSources()) {
      Matcher type = CATALOGUE.matcher(Repository.text(source));
      if (type.find() && source.toString().contains("/main/java/")) {
        String name = source.toString().replaceAll(".*/main/java/(.*)\\.java", "$1");
        for (Object code : Class.forName(name.replace('/', '.')).getEnumConstants()) {
          codes.add((ErrorCode) code);
        }
      }
    }
    return codes;
  }

  @Test
  void everyOptionThatAMessageNamesIsThere() throws ClassNotFoundException {
    List<ErrorCode> codes = codes();
    assertTrue(codes.size() > 300, codes.size() + " codes");
    assertEquals(
        List.of(),
        codes.stream()
            .flatMap(
                code ->
                    Stream.of(code.template(), code.hint())
                        .flatMap(this::wrong)
                        .map(wrong -> code.getClass().getSimpleName() + "." + code + ": " + wrong))
            .toList());
  }

  @Test
  void wrongOnesAreNoticed() {
    assertEquals(
        List.of("--no-such-option", "`m4fw sign IMAGE --root R`: sign has no --root", "`m4fw fly`"),
        wrong("give --no-such-option, or `m4fw sign IMAGE --root R`, or `m4fw fly`").toList());
    assertEquals(List.of(), wrong("give --root, or 'm4fw image diff A B'").toList());
  }

  private Stream<String> wrong(String text) {
    Stream<String> unknown =
        OPTION
            .matcher(text)
            .results()
            .map(match -> match.group())
            .filter(option -> options.values().stream().noneMatch(all -> all.contains(option)));
    return Stream.concat(
        unknown, COMMAND.matcher(text).results().flatMap(match -> wrongCommand(match.group(1))));
  }

  private Stream<String> wrongCommand(String line) {
    List<String> words = List.of(line.split(" "));
    if (words.get(1).equals("--help")) {
      return Stream.empty();
    }
    String two = words.size() > 2 ? words.get(1) + " " + words.get(2) : "";
    String name = options.containsKey(two) ? two : words.get(1);
    if (!options.containsKey(name)) {
      return Stream.of("`" + line + "`");
    }
    Matcher matcher = OPTION.matcher(line);
    return matcher
        .results()
        .map(match -> match.group())
        .filter(option -> !options.get(name).contains(option))
        .map(option -> "`%s`: %s has no %s".formatted(line, name, option));
  }
}
