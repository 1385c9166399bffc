package org.m4fw.adapter.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.adapter.lora.LoraError;
import org.m4fw.adapter.lora.LoraPair;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.Problem;
import org.m4fw.base.problem.ProblemException;

class PeftPatternsTest {
  @TempDir Path path;
  private PeftDirectory directory;

  @BeforeEach
  void plainAdapter() {
    directory = new PeftDirectory(path);
  }

  private void refused(ErrorCode code) {
    Problem problem = assertThrows(ProblemException.class, directory::read).problem();
    assertEquals(code, problem.code(), problem.text());
  }

  @Test
  void lastPartOfTheNameMatches() {
    directory.layer("model.layers.1.down_proj", 3).setting("rank_pattern", "{\"down_proj\": 3}");
    assertEquals(3, directory.read().rank());
  }

  @Test
  void partOfAWordDoesNotMatch() {
    directory.layer("model.layers.1.down_proj", 3).setting("rank_pattern", "{\"proj\": 3}");
    refused(LoraError.RANK_MISMATCH);
  }

  @Test
  void regularExpressionMatches() {
    directory
        .layer("model.layers.1.mlp.up_proj", 2)
        .setting("alpha_pattern", "{\"layers\\\\.[0-9]+\\\\.mlp\\\\.(up|gate)_proj\": 7.5}");
    assertEquals(
        List.of(4.0, 7.5), directory.read().pairs().stream().map(LoraPair::alpha).toList());
  }

  @Test
  void firstPatternOfTheFileCounts() {
    directory.setting("alpha_pattern", "{\"q_proj\": 3, \"self_attn.q_proj\": 5}");
    assertEquals(3, directory.read().pairs().getFirst().alpha());
  }

  @Test
  void patternWithoutEndOfBacktrackingIsRejectedInTime() {
    directory.layer("a".repeat(200), 2).setting("rank_pattern", "{\"a*a*a*a*a*a*b\": 2}");
    Assertions.assertTimeout(Duration.ofSeconds(5), () -> refused(PeftError.BAD_PATTERN));
  }

  /** What backtracks where it looks at no character cannot be counted, so it is not read. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)(|||)x",
        "(((){2000000000}){2000000000}){2000000000}x",
        "(^|^|^|^)(^|^|^|^)(^|^|^|^)(^|^|^|^)(^|^|^|^)(^|^|^|^)(^|^|^|^)(^|^|^|^)(^|^|^|^)x",
        "(a{0}|b{0}|c{0})(a{0}|b{0}|c{0})x",
        "(?!a)x",
        "(?<=a)x",
        "(a)\\\\1",
        "[^a]*",
        "(?x) a",
      })
  void patternThatCanMatchWithoutACharacterIsRejectedInTime(String pattern) {
    directory
        .layer("model.layers.1.down_proj", 2)
        .setting("rank_pattern", "{\"" + pattern + "\": 2}");
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(5), () -> refused(PeftError.BAD_PATTERN));
  }

  @Test
  void backtrackingAtTheEndOfANameIsRejectedInTime() {
    String pattern = "[a-z_.]*" + "(a?|b?|c?)".repeat(22) + "9";
    directory.layer("model.down_proj", 2).setting("rank_pattern", "{\"" + pattern + "\": 2}");
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(5), () -> refused(PeftError.BAD_PATTERN));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^model.layers.1.mlp.up_proj$",
        "layers\\\\.[0-9]+\\\\.mlp\\\\.(?:up|gate)_proj",
        ".*\\\\.\\\\d{1,2}.mlp.*",
        "(up|gate)\\\\w+?",
      })
  void whatPatternsUsuallyAreMatches(String pattern) {
    directory
        .layer("model.layers.1.mlp.up_proj", 3)
        .setting("rank_pattern", "{\"" + pattern + "\": 3}");
    assertEquals(3, directory.read().rank());
  }

  @Test
  void patternWithWrongSyntaxIsRejected() {
    directory.setting("rank_pattern", "{\"(\": 2}");
    refused(PeftError.BAD_PATTERN);
  }

  @Test
  void overlongPatternIsRejected() {
    directory.setting("rank_pattern", "{\"" + "a".repeat(257) + "\": 2}");
    refused(PeftError.BAD_PATTERN);
  }

  @Test
  void tooManyPatternsAreRejected() {
    StringBuilder patterns = new StringBuilder("{\"p\": 2");
    for (int i = 0; i < 1000; i++) {
      patterns.append(",\"p").append(i).append("\": 2");
    }
    directory.setting("rank_pattern", patterns.append('}').toString());
    refused(PeftError.TOO_MANY_PATTERNS);
  }

  @Test
  void fractionalRankIsRejected() {
    directory.setting("rank_pattern", "{\"q_proj\": 2.5}");
    refused(JsonError.OUT_OF_RANGE);
  }

  @Test
  void patternValueThatIsNoNumberIsRejected() {
    directory.setting("rank_pattern", "{\"q_proj\": \"2\"}");
    refused(JsonError.WRONG_TYPE);
  }
}
