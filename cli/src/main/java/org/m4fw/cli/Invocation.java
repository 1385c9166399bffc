package org.m4fw.cli;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.cli.command.CommandIndex;

/** What the words of a command line ask for, before the options of a command are looked at. */
sealed interface Invocation {
  /** The overview of all commands, or of those of a group. */
  record Overview(List<CommandIndex.Entry> entries) implements Invocation {}

  /** The version. */
  record Version() implements Invocation {}

  /** A command and its words, among them the options that stood in front of it. */
  record Run(CommandIndex.Entry entry, List<String> words) implements Invocation {}

  /** Words that lead nowhere; {@code word} is empty where a command is missing. */
  record Unknown(String word, List<String> candidates) implements Invocation {}

  static Invocation of(List<String> words) {
    List<String> leading = new ArrayList<>();
    int at = 0;
    while (at < words.size() && words.get(at).startsWith("-")) {
      String word = words.get(at++);
      switch (word) {
        case "--version", "-V" -> {
          return new Version();
        }
        case "--help", "-h" -> {
          return new Overview(CommandIndex.ENTRIES);
        }
        default -> leading.add(word);
      }
      if (word.equals("--console") && at < words.size()) {
        leading.add(words.get(at++));
      }
    }
    if (at == words.size()) {
      return new Unknown("", List.of());
    }
    List<String> rest = words.subList(at + 1, words.size());
    return words.get(at).equals("help") ? help(rest) : command(words.get(at), rest, leading);
  }

  private static Invocation help(List<String> words) {
    if (words.isEmpty()) {
      return new Overview(CommandIndex.ENTRIES);
    }
    return command(words.getFirst(), words.subList(1, words.size()), List.of("--help"));
  }

  private static Invocation command(String name, List<String> rest, List<String> leading) {
    List<CommandIndex.Entry> group = CommandIndex.group(name);
    if (group.isEmpty()) {
      return CommandIndex.find(name)
          .<Invocation>map(entry -> new Run(entry, joined(leading, rest)))
          .orElseGet(() -> new Unknown(name, firstWords()));
    }
    if (rest.isEmpty() || rest.getFirst().equals("--help") || rest.getFirst().equals("-h")) {
      return new Overview(group);
    }
    String full = name + " " + rest.getFirst();
    return CommandIndex.find(full)
        .<Invocation>map(entry -> new Run(entry, joined(leading, rest.subList(1, rest.size()))))
        .orElseGet(() -> new Unknown(full, group.stream().map(CommandIndex.Entry::name).toList()));
  }

  private static List<String> firstWords() {
    return CommandIndex.ENTRIES.stream()
        .map(entry -> entry.group().orElse(entry.name()))
        .distinct()
        .toList();
  }

  private static List<String> joined(List<String> leading, List<String> rest) {
    List<String> words = new ArrayList<>(leading);
    words.addAll(rest);
    return List.copyOf(words);
  }
}
