package org.m4fw.adapter.peft;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.JsonError;
import tools.jackson.databind.JsonNode;

/**
 * {@code rank_pattern} or {@code alpha_pattern}: values for layers whose name matches {@code
 * (.*\.)?(pattern)$} from its start. The first pattern in the order of the file that matches
 * counts, as in PEFT.
 *
 * <p>Patterns come from outside: their number, their length and the work of matching are bounded,
 * and they are of {@link PatternSyntax} only.
 */
final class PeftPatterns {
  private static final int MAX_PATTERNS = 1000;
  private static final int MAX_LENGTH = 256;

  /** Characters that matching one name may look at; a sane pattern needs a few hundred. */
  private static final int MAX_STEPS = 200_000;

  /** The same of all patterns and names together: seconds. */
  private static final long MAX_WORK = 2_000_000_000L;

  private final Fields config;
  private final String field;
  private final List<Entry> entries;
  private long work;

  private record Entry(String text, Pattern pattern, double value) {}

  private PeftPatterns(Fields config, String field, List<Entry> entries) {
    this.config = config;
    this.field = field;
    this.entries = entries;
  }

  static PeftPatterns read(Fields config, String field) {
    List<Entry> entries = new ArrayList<>();
    config
        .optionalObject(field)
        .ifPresent(
            patterns -> {
              int count = patterns.names().size();
              if (count > MAX_PATTERNS) {
                throw PeftError.TOO_MANY_PATTERNS.at(config.file(), field, count, MAX_PATTERNS);
              }
              for (Map.Entry<String, JsonNode> entry : patterns.node().properties()) {
                entries.add(entry(config, field, entry.getKey(), entry.getValue()));
              }
            });
    return new PeftPatterns(config, field, entries);
  }

  private static Entry entry(Fields config, String field, String text, JsonNode value) {
    if (!value.isNumber()) {
      throw JsonError.WRONG_TYPE.at(config.file(), field + "." + text, value, "a number");
    }
    if (text.length() > MAX_LENGTH) {
      throw bad(config, field, text.substring(0, 40) + "…", "it is too long");
    }
    String plain =
        PatternSyntax.plain(text)
            .orElseThrow(
                () ->
                    bad(config, field, text, "it is more than names, classes, groups and counts"));
    try {
      Pattern pattern = Pattern.compile("(.*\\.)?(" + plain + ")$");
      return new Entry(text, pattern, value.doubleValue());
    } catch (PatternSyntaxException e) {
      throw bad(config, field, text, String.valueOf(e.getDescription()));
    }
  }

  /** The value for a layer, if a pattern matches its name. */
  OptionalDouble find(String layer) {
    for (Entry entry : entries) {
      if (matches(entry, layer)) {
        return OptionalDouble.of(entry.value());
      }
    }
    return OptionalDouble.empty();
  }

  private boolean matches(Entry entry, String layer) {
    Counted name = new Counted(layer);
    try {
      boolean found = entry.pattern().matcher(name).lookingAt();
      work += name.steps;
      if (work > MAX_WORK) {
        throw new TooMuchWork();
      }
      return found;
    } catch (TooMuchWork | StackOverflowError e) {
      throw bad(config, field, entry.text(), "matching it takes too long");
    }
  }

  private static RuntimeException bad(Fields config, String field, String text, String why) {
    return PeftError.BAD_PATTERN.at(config.file(), field, text, why);
  }

  /** Ends a match that backtracks without end. */
  private static final class TooMuchWork extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooMuchWork() {
      super("too much work", null, false, false);
    }
  }

  /**
   * A string that may be looked at only so often. Where it ends a matcher would look at nothing, so
   * that it has a line feed there, which no pattern matches and {@code $} does not mind.
   */
  private static final class Counted implements CharSequence {
    private final String text;
    private int steps;

    Counted(String name) {
      this.text = name + "\n";
    }

    @Override
    public char charAt(int index) {
      steps++;
      if (steps > MAX_STEPS) {
        throw new TooMuchWork();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
