package org.m4fw.host.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ProblemException;

final class TemplateTest {
  private static Template parse(String text) {
    return Template.parse("recipe", "prompt", text);
  }

  @Test
  void textAndSlotsAreToldApart() {
    assertEquals(
        List.of(
            new Template.Piece.Words("a "),
            new Template.Piece.Slot("image"),
            new Template.Piece.Words(" b")),
        parse("a {image} b").pieces());
  }

  @Test
  void doubledBracesAreBraces() {
    assertEquals(List.of(new Template.Piece.Words("{x}")), parse("{{x}}").pieces());
  }

  @Test
  void filledSlotsBecomeTextAndOthersStay() {
    assertEquals(
        List.of(new Template.Piece.Words("say {x} to "), new Template.Piece.Slot("image")),
        parse("say {text} to {image}").fill(Map.of("text", "{x}")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "}", "{}", "{A}", "{a", "{a b}", "a}b", "{{a}"})
  void braceThatIsNoSlotIsRefused(String text) {
    var problem = assertThrows(ProblemException.class, () -> parse(text)).problem();
    assertEquals(PathError.BAD_TEMPLATE, problem.code());
  }

  @Test
  void endlessTextIsRefused() {
    assertThrows(ProblemException.class, () -> parse("a".repeat(20_000)));
  }
}
